"""Open systems: what they refuse, the order of their modes, and the parity symmetry."""

import numpy as np
import pytest

from phasespace_qb.models.algebra import as_polynomial, modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import Envelope, SwitchedOff, Tabulated
from phasespace_qb.models.system import OpenSystem
from tests.models.dense import annihilation, coherent, master_equation

s, p = modes("signal", "pump")
CONVERSION = 0.5j * (s.dag**2 * p - p.dag * s**2)
DRIVING = 1j * (p.dag - p)
DRIVE = SwitchedOff(1.0, 2.0)


def test_modes_are_those_of_the_loss_first():
    system = OpenSystem(p.dag * p + s.dag * s, {s: 1, p: 2}, start={p: 1j})
    assert system.modes == ("signal", "pump")
    assert system.storage_mode == "signal"
    assert OpenSystem(s.dag * s, {p: 1.0}).modes == ("pump", "signal")
    assert OpenSystem(s.dag * s, {s: 1.0, p: 1.0}, storage=p).storage_mode == "pump"
    assert system.start_amplitudes.tolist() == [0, 1j]
    assert system.loss == {s: 1.0, p: 2.0}


PARITY = [
    pytest.param(CONVERSION + DRIVING, {s: 1.0, p: 2.0}, {}, True, id="battery"),
    pytest.param(CONVERSION + DRIVE * DRIVING, {s: 1.0, p: 2.0}, {p: 2.0}, True, id="switched pump, bright start"),
    pytest.param(CONVERSION + DRIVING, {s: 1.0, s**2: 0.1, s.dag * s: 0.3}, {}, True, id="even and odd jumps"),
    pytest.param(CONVERSION + 1j * (s.dag - s), {s: 1.0, p: 2.0}, {}, False, id="driven signal"),
    pytest.param(CONVERSION + 1j * DRIVE * (s.dag - s), {s: 1.0, p: 2.0}, {}, False, id="driven signal, switched"),
    pytest.param(CONVERSION, {s: 1.0, p: 2.0}, {s: 0.5}, False, id="coherent start"),
    pytest.param(CONVERSION + s.dag * p + p.dag * s, {s: 1.0, p: 2.0}, {}, False, id="exchange"),
    pytest.param(CONVERSION, {s + s**2: 1.0, p: 1.0}, {}, False, id="mixed jump"),
    pytest.param(CONVERSION, {s + p: 1.0}, {}, False, id="common bath"),
]


@pytest.mark.parametrize(("hamiltonian", "loss", "start", "keeps"), PARITY)
def test_parity_symmetry_of_the_signal(hamiltonian, loss, start, keeps):
    assert OpenSystem(hamiltonian, loss, start).keeps_parity("signal") is keeps


@pytest.mark.parametrize(("hamiltonian", "loss", "start", "keeps"), PARITY)
def test_parity_is_kept_where_it_is_claimed(hamiltonian, loss, start, keeps):
    """⟨a_s⟩ and Πρ_sΠ − ρ_s after a few steps of the dense master equation."""
    system, cutoff = OpenSystem(hamiltonian, loss, start), 6
    # Without a field in the pump mode nothing would move; its parity is of no concern here.
    state = coherent(list(system.start_amplitudes + 0.3 * (np.array(system.modes) == "pump")), cutoff)
    rho = np.outer(state, state.conj())
    for _ in range(4):
        rho = rho + 0.1 * master_equation(system, rho, cutoff)
    four = rho.reshape((cutoff,) * 4)
    signal = np.einsum("ijkj->ik" if system.modes[0] == "signal" else "jijk->ik", four)
    odd = np.abs(signal[::2, 1::2]).max() + abs(np.trace(annihilation(cutoff) @ signal))
    assert bool(odd < 1e-12) is keeps


def test_parity_of_the_driven_mode_is_not_kept():
    assert not DopoBattery().system().keeps_parity("pump")


H = s.dag * s


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((s, {s: 1.0}), ValueError, r"`hamiltonian` must be Hermitian, got 1 signal\. Add the Hermitian conjugate"),
        ((1j * H, {s: 1.0}), ValueError, "`hamiltonian` must be Hermitian"),
        ((1j * DRIVE * s.dag, {s: 1.0}), ValueError, "`hamiltonian` must be Hermitian"),
        (("H", {s: 1.0}), TypeError, "`hamiltonian` must be a polynomial in modes, got 'H'"),
        ((H, {s: -1.0}), ValueError, r"`loss` must be a finite rate that is not negative, got -1\.0\."),
        ((H, {s: np.nan}), ValueError, r"`loss` must be a finite rate that is not negative, got nan\."),
        ((H, {s: True}), TypeError, r"`loss` must be a finite rate that is not negative, got True\."),
        ((H, {s: 1j}), TypeError, "`loss` must be a finite rate that is not negative"),
        ((H, {"signal": 1.0}), TypeError, "`loss` must be keyed by modes or time-independent polynomials"),
        ((H, {DRIVE * s: 1.0}), TypeError, "`loss` must be keyed by modes or time-independent polynomials"),
        ((as_polynomial(1.0), {}), ValueError, "`hamiltonian` must be about at least one mode"),
        ((H, {s: 1.0}, {p: 1.0}), ValueError, r"`start` must be keyed by modes of the system, \('signal',\)"),
        ((H, {s: 1.0}, {"signal": 1.0}), ValueError, "`start` must be keyed by modes of the system"),
        ((H, {s: 1.0}, {s: np.inf}), ValueError, "`start` must be a finite amplitude, got inf"),
        ((H, {s: 1.0}, {}, p), ValueError, r"`storage` must be one of the modes \('signal',\)"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=message):
        OpenSystem(*arguments)


def system(coupling=1.0, drive=DRIVE, loss=2.0, start=None, storage=None):
    return OpenSystem(coupling * CONVERSION + drive * DRIVING, {s: 1.0, p: loss}, start or {}, storage)


def envelope(f):
    """A drive by a function that jumps nowhere."""
    return Envelope(f)


def test_a_fingerprint_is_that_of_the_declaration():
    one = system().fingerprint(5.0)
    assert system().fingerprint(5.0) == one
    others = [
        system(coupling=1.0 + 1e-12),
        system(loss=2.0 + 1e-12),
        system(start={s: 1e-12}),
        system(storage=p),
        system(drive=SwitchedOff(1.0, 2.0 + 1e-9)),
        system(drive=SwitchedOff(1.0 + 1e-12, 2.0)),
        system(drive=Envelope(lambda t: 1.0 if t < 2.0 else 0.0, breakpoints=(2.0,))),
    ]
    assert one not in {other.fingerprint(5.0) for other in others}


def test_functions_of_time_have_fingerprints_without_addresses():
    def pulse(width, until=10.24):
        return system(drive=envelope(lambda t: np.exp(-(((t - 4.0) / width) ** 2)))).fingerprint(until)

    assert pulse(0.0007) == pulse(0.0007)  # another function object
    assert pulse(0.0007) != pulse(0.0006)  # narrower than any grid of instants
    still = system(drive=envelope(lambda t: 2.0)).fingerprint(10.24)
    assert system(drive=envelope(lambda t: 2.0 * np.cos(2 * np.pi * 100 * t))).fingerprint(10.24) != still
    table = np.linspace(0, 5, 2001)
    dip = np.ones(2001)
    dip[1000] = 0.9
    tables = [system(drive=Tabulated(table, values)).fingerprint(5.0) for values in (np.ones(2001), dip)]
    assert tables[0] != tables[1]
