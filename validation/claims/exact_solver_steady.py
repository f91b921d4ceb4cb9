"""The second part of the chapter on the exact solver: steady states and decay rates."""

from collections.abc import Iterator
from math import factorial

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.claims import exact_solver_elements
from validation.claims.exact_solver_elements import SOURCE, battery, every_element
from validation.evidence import Comparison, compare, compare_variable
from validation.referees import qutip as referee

SUBJECT = exact_solver_elements.SUBJECT

ROUNDING = 1e-9
"""Of numbers of order one after a long propagation, with a margin."""
EIGENVALUE = 1e-7
"""Of eigenvalues whose Krylov space stops at residuals of 1e-9, and whose eigenvectors are not orthogonal."""


@SUBJECT.claim(
    "The steady state that is found directly, without following the way to it, is that of L ρ = 0.",
    route="steady state of a detuned battery with a complex pump, 10 × 6 number states",
    referee="QuTiP's steadystate, a direct solution of the linear equations",
    source=SOURCE,
    control="κ 0.1 % larger",
)
def the_steady_state_found_directly() -> Iterator[Comparison]:
    """ρ of the signal and moments of the pump."""
    cutoffs, pump, rates = (10, 6), 1.2 * np.exp(1.1j), (1.2, 5.0, -0.5)
    run = qb.steady_state(qb.DopoBattery(pump, 0.8, *rates), qb.Lindblad(cutoffs), slow_modes=False)
    state, wrong = (referee.steady(*battery(pump, kappa, *rates, cutoffs)) for kappa in (0.8, 0.8008))
    yield from every_element(run, referee.reduced([state], 0), referee.reduced([wrong], 0))
    b = referee.ladders(*cutoffs)[1]
    for variable, symbol, operator in (
        ("mean_field", "⟨b⟩", b),
        ("photon_number", "⟨b†b⟩", b.dag() * b),
        ("pair_amplitude", "⟨b²⟩", b * b),
    ):
        expected, planted = referee.averages(operator, [state]), referee.averages(operator, [wrong])
        found = run[variable].sel(mode="pump").values
        yield from compare(f"{symbol} of the pump mode", found, expected, wrong=planted, known=ROUNDING)


@SUBJECT.claim(
    "The slowest decay rates of the battery, of density matrices with the parity of the signal and of coherences "
    "between the two parities, are the eigenvalues of its Liouvillian closest to the imaginary axis.",
    route="eigenvalues beside the steady state of a battery with detuning, 6 × 4 number states",
    referee="all eigenvalues of QuTiP's Liouvillian as a dense matrix, in blocks of equal and opposite parity",
    source="Kessler et al., Phys. Rev. A 86, 012116 (2012); Albert and Jiang, Phys. Rev. A 89, 022118 (2014)",
    control="γ_s 1 % larger",
)
def the_slowest_decay_rates() -> Iterator[Comparison]:
    """Two eigenvalues of both sectors: in one of them real, in the other a complex pair."""
    cutoffs, pump, kappa, others = (6, 4), 1.1, 0.8, (5.0, 0.9)
    run = qb.steady_state(qb.DopoBattery(pump, kappa, 1.0, *others), qb.Lindblad(cutoffs))

    def slowest(gamma_s: float) -> NDArray[np.complex128]:
        generator = referee.liouvillian(*battery(pump, kappa, gamma_s, *others, cutoffs))
        parity = np.repeat(np.arange(cutoffs[0]) % 2, cutoffs[1])
        opposite = (parity[:, None] != parity).ravel()
        kept = []
        for block in (~opposite, opposite):
            values = np.linalg.eigvals(generator[np.ix_(block, block)])
            # Rounding does not decide which of a complex pair comes first.
            values = values[np.argsort(-values.real.round(9), kind="stable")][:2]
            kept.append(values[np.argsort(values.imag.round(9), kind="stable")])
        return np.concatenate(kept)

    given = run.liouvillian_eigenvalue.values
    found = np.concatenate([each[np.argsort(each.imag.round(9), kind="stable")] for each in given])
    labels = [f"{name}, {rank}" for name in ("equal parity", "opposite parity") for rank in ("first", "second")]
    yield from compare(
        "two slowest eigenvalues of each sector",
        found,
        slowest(1.0),
        wrong=slowest(1.01),
        known=EIGENVALUE,
        unit="rate unit",
        labels=labels,
    )


@SUBJECT.claim(
    "The driven Kerr mode has the steady state of Drummond and Walls: "
    "⟨a†ʲaʲ⟩ = |f|^(2j) |Γ(c)/Γ(c+j)|² ₀F₂(c+j, c*+j; 2|f|²)/₀F₂(c, c*; 2|f|²), "
    "⟨a⟩ = (f/c) ₀F₂(c+1, c*; 2|f|²)/₀F₂(c, c*; 2|f|²), with f = −2F/U and c = −2Δ/U − iγ/U.",
    route="steady state of the exact solver, cutoffs chosen by itself",
    referee="closed form, summed term by term",
    source="Drummond and Walls, J. Phys. A 13, 725 (1980)",
    control="U 1 % larger",
)
def the_steady_state_of_a_driven_kerr_mode() -> Iterator[Comparison]:
    """⟨a⟩, ⟨a†a⟩, ⟨a†²a²⟩ of a bistable and of a blockaded mode."""
    (mode,) = qb.modes("cavity")
    for name, detuning, kerr, force in (
        ("weak U", 0.8, 0.35, 0.75 * np.exp(0.5j)),
        ("strong U", -0.6, 3.0, 1.4 - 0.2j),
    ):
        drive = force * mode.dag
        hamiltonian = -detuning * mode.dag * mode + 0.5 * kerr * mode.dag**2 * mode**2 + drive + drive.dag
        run = qb.steady_state(qb.OpenSystem(hamiltonian, {mode: 1.0}), qb.Lindblad(tolerance=1e-9), slow_modes=False)
        for variable, symbol, order in (
            ("mean_field", "⟨a⟩", (0, 1)),
            ("photon_number", "⟨a†a⟩", (1, 1)),
            ("pair_number", "⟨a†²a²⟩", (2, 2)),
        ):
            right, wrong = (_drummond_walls(order, detuning, u, force) for u in (kerr, 1.01 * kerr))
            quantity = f"{symbol}, {name}"
            yield from compare_variable(
                run,
                variable,
                [right.real if order[0] else right],
                mode="cavity",
                quantity=quantity,
                wrong=[wrong.real if order[0] else wrong],
                known=ROUNDING,
                axis=None,
            )


def _drummond_walls(order: tuple[int, int], detuning: float, kerr: float, force: complex) -> complex:
    """⟨a†^m a^n⟩ of H = −Δ a†a + (U/2) a†²a² + F a† + F* a with the loss rate 1.

    Σ_k 2^k f*^(m+k) f^(n+k) / (k! (c*)_(m+k) (c)_(n+k)), over the same with m = n = 0.
    """
    f, c = -2 * force / kerr, complex(-2 * detuning / kerr, -1 / kerr)

    def amplitude(power: int) -> complex:
        return complex(f**power / np.prod([c + j for j in range(power)]))

    def total(m: int, n: int) -> complex:
        terms = (2**k / factorial(k) * amplitude(m + k).conjugate() * amplitude(n + k) for k in range(60))
        return sum(terms, 0j)

    return total(*order) / total(0, 0)


@SUBJECT.claim(
    "In the steady state of the battery the fields and the flows of energy balance: "
    "⟨b⟩ = (2/γ_p)(√γ_p F − κ⟨a²⟩/2) and γ_s⟨a†a⟩ + 2γ_p⟨b†b⟩ = 4√γ_p Re(F*⟨b⟩).",
    route="steady state of a detuned battery with a complex pump, 26 × 12 number states",
    referee="equations of motion of ⟨b⟩ and of ⟨a†a⟩ + 2⟨b†b⟩, which the solver does not use",
    source="the paper's Eqs. (6)–(8), by Ehrenfest's theorem",
    control="κ 1 % larger, γ_p 1 % larger",
)
def balances_of_the_steady_state() -> Iterator[Comparison]:
    """Field of the pump and energy that is lost."""
    pump, kappa, gamma_s, gamma_p = 1.25 * np.exp(-0.8j), 0.9, 1.1, 7.0
    run = qb.steady_state(qb.DopoBattery(pump, kappa, gamma_s, gamma_p, 0.3), qb.Lindblad((26, 12)), slow_modes=False)
    field = run.mean_field.sel(mode="pump").values[0]
    pair = run.pair_amplitude.sel(mode="signal").values[0]
    signal, pumped = run.photon_number.values[0]
    # The populations of the highest levels, 1e-9, times the amplitudes there.
    tail = 1e-7

    def rest(coupling: float) -> complex:
        return complex(2 / gamma_p * (np.sqrt(gamma_p) * pump - coupling * pair / 2))

    yield from compare("mean field ⟨b⟩ of the pump", [field], [rest(kappa)], wrong=[rest(1.01 * kappa)], known=tail)
    lost, wrong = (gamma_s * signal + 2 * rate * pumped for rate in (gamma_p, 1.01 * gamma_p))
    drawn = 4 * np.sqrt(gamma_p) * (np.conj(pump) * field).real
    yield from compare("energy drawn from the drive", [drawn], [lost], wrong=[wrong], known=10 * tail, unit="ħω_s γ")
