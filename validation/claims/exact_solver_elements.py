"""The first half of the chapter on the exact solver: propagation, element by element against QuTiP."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare
from validation.referees import qutip as referee
from validation.references.battery import PAPER

SUBJECT = Subject("The exact solver")

TOLERANCE = 1e-11
"""Of our propagation, which then states step errors of the order of 1e-12."""
QUTIP = "QuTiP's mesolve with the same cutoffs, its Hamiltonian written by hand, relative error below 1e-12"
BATTERY = "H = Δ a†a + [i(κ/2) a†² b + h.c.] + √γ_p (iF b† + h.c.) with the losses γ_s D[a] and γ_p D[b]"
QUTIP_PAPER = "Johansson, Nation and Nori, Comput. Phys. Commun. 184, 1234 (2013)"
SOURCE = f"{PAPER}, Eqs. (6)–(8); {QUTIP_PAPER}"


def every_element(
    run: xr.Dataset, expected: NDArray[Any], wrong: NDArray[Any], mode: str = "battery mode"
) -> Iterator[Comparison]:
    """⟨m|ρ|n⟩ for all m ≥ n at all times; expected and wrong (T, N, N)."""
    m, n = np.tril_indices(expected.shape[-1])
    labels = [f"⟨{i}|ρ|{j}⟩ at t = {t:.4g}" for t in run.time.values for i, j in zip(m, n, strict=True)]
    yield from compare(
        f"density matrix of the {mode} between number states, ⟨m|ρ|n⟩ with m ≥ n",
        run.density_matrix.values[:, m, n].ravel(),
        expected[:, m, n].ravel(),
        wrong=wrong[:, m, n].ravel(),
        known=float(run.density_matrix_step_error.values.real.max()) + referee.ERROR,
        labels=labels,
    )


def moments(
    run: xr.Dataset, mode: str, operator: Any, states: Sequence[Any], wrong: Sequence[Any], *, even: bool = False
) -> Iterator[Comparison]:
    """⟨a⟩, ⟨a†a⟩, ⟨a²⟩ and ⟨a†²a²⟩ of a mode with this annihilation operator; wrong: the states of the control.

    even: whether the mode keeps the parity of the vacuum it starts from, so that ⟨a⟩ = 0 with the control as without.
    """
    a = operator
    for variable, symbol, product in (
        ("mean_field", "mean field ⟨a⟩", a),
        ("photon_number", "photon number ⟨a†a⟩", a.dag() * a),
        ("pair_amplitude", "pair amplitude ⟨a²⟩", a * a),
        ("pair_number", "pair number ⟨a†²a²⟩", a.dag() * a.dag() * a * a),
    ):
        levels = a.dims[0][run.mode.values.tolist().index(mode)]
        yield from compare(
            f"{symbol} of the mode {mode}",
            run[variable].sel(mode=mode).values,
            referee.averages(product, states),
            wrong=None if even and variable == "mean_field" else referee.averages(product, wrong),
            known=referee.ERROR * levels**2,
            axis=run.time.values,
            axis_name="time t (1/rate unit)",
        )


class KerrMode(NamedTuple):
    """H = −Δ a†a + (U/2) a†²a² + F a† + F* a, with the rates of D[a], D[a²], D[a†a] and D[a†], from |start⟩."""

    levels: int
    detuning: float
    kerr: float
    force: complex
    rates: tuple[float, float, float, float]
    start: complex = 0.0

    def system(self) -> qb.OpenSystem:
        """As the library is given it."""
        (mode,) = qb.modes("cavity")
        drive = self.force * mode.dag
        hamiltonian = -self.detuning * mode.dag * mode + 0.5 * self.kerr * mode.dag**2 * mode**2 + drive + drive.dag
        jumps = mode, mode**2, mode.dag * mode, mode.dag
        return qb.OpenSystem(hamiltonian, dict(zip(jumps, self.rates, strict=True)), {mode: self.start})

    def states(self, times: Sequence[float], levels: int | None = None) -> list[Any]:
        """As QuTiP has it, with as many levels or with others."""
        count = levels or self.levels
        (a,) = referee.ladders(count)
        n = a.dag() * a
        hamiltonian = -self.detuning * n + 0.5 * self.kerr * a.dag() * a.dag() * a * a
        hamiltonian = hamiltonian + self.force * a.dag() + np.conj(self.force) * a
        jumps = list(zip((a, a * a, n, a.dag()), self.rates, strict=True))
        return referee.evolve(hamiltonian, jumps, referee.coherent([count], [self.start]), times)


@SUBJECT.claim(
    f"Every element of the battery's density matrix, and the moments of its pump mode, follow {BATTERY}, "
    "with detuning and a complex pump.",
    route="exact solver, 10 × 6 number states, three times",
    referee=QUTIP,
    source=SOURCE,
    control="a detuning 1 % larger",
)
def every_matrix_element_of_a_detuned_battery() -> Iterator[Comparison]:
    """ρ of the signal and moments of the pump."""
    cutoffs, times, vacuum = (10, 6), [0.4, 1.1, 2.9], referee.coherent((10, 6), (0, 0))
    pump, kappa, gamma_s, gamma_p = 1.3 * np.exp(0.7j), 0.8, 1.3, 6.0
    run = qb.simulate(
        qb.DopoBattery(pump, kappa, gamma_s, gamma_p, 0.4), times, qb.Lindblad(cutoffs, tolerance=TOLERANCE)
    )
    states, wrong = (
        referee.evolve(*referee.battery(pump, kappa, gamma_s, gamma_p, detuning, cutoffs), vacuum, times)
        for detuning in (0.4, 0.404)
    )
    yield from every_element(run, referee.reduced(states, 0), referee.reduced(wrong, 0))
    yield from moments(run, "pump", referee.ladders(*cutoffs)[1], states, wrong)


@SUBJECT.claim(
    f"A pump that is switched off between two save times acts until that instant and no longer: {BATTERY}.",
    route="exact solver, complex pump switched off at t = 1.37, saved at t = 0.5, 1.3, 1.5 and 2.6",
    referee=QUTIP + ", solved separately before and after the switch",
    source=SOURCE,
    control="switched off 0.01 later",
)
def a_pump_switched_off_between_save_times() -> Iterator[Comparison]:
    """ρ of the signal and moments of both modes."""
    cutoffs, before, after = (10, 6), [0.5, 1.3], [1.5, 2.6]
    pump, rates = 1.5 * np.exp(-0.4j), (0.8, 1.0, 5.0, -0.3)
    run = qb.simulate(
        qb.DopoBattery(qb.SwitchedOff(pump, at=1.37), *rates),
        before + after,
        qb.Lindblad(cutoffs, tolerance=TOLERANCE),
    )

    def switched(at: float) -> list[Any]:
        vacuum = referee.coherent(cutoffs, (0, 0))
        first = referee.evolve(*referee.battery(pump, *rates, cutoffs), vacuum, [*before, at])
        return first[:-1] + referee.evolve(*referee.battery(0.0, *rates, cutoffs), first[-1], after, begin=at)

    states, wrong = switched(1.37), switched(1.38)
    kept = slice(len(before), None)
    yield from every_element(run, referee.reduced(states, 0), referee.reduced(wrong, 0))
    late = run.isel(time=kept)
    for mode, operator in zip(("signal", "pump"), referee.ladders(*cutoffs), strict=True):
        yield from moments(late, mode, operator, states[kept], wrong[kept], even=mode == "signal")


@SUBJECT.claim(
    "A pump with a phase that depends on time, F(t) = (0.3 + t) e^(0.4 i t²), drives the battery as declared: "
    f"{BATTERY}.",
    route="exact solver with the pump given as a function of time, 10 × 6 number states",
    referee=QUTIP + " and the same function of time",
    source=SOURCE,
    control="a chirp 2 % faster",
)
def a_pump_with_a_chirped_phase() -> Iterator[Comparison]:
    """ρ of the signal and moments of the pump."""
    cutoffs, times = (10, 6), [0.0, 0.3, 0.9, 1.7]
    kappa, gamma_s, gamma_p, detuning = 0.8, 1.0, 5.0, 0.2

    def pump(t: float, chirp: float = 0.4) -> complex:
        return complex((0.3 + t) * np.exp(1j * chirp * t**2))

    drive = qb.Envelope(pump, complex_valued=True)
    run = qb.simulate(
        qb.DopoBattery(drive, kappa, gamma_s, gamma_p, detuning), times, qb.Lindblad(cutoffs, tolerance=TOLERANCE)
    )

    def chirped(chirp: float) -> list[Any]:
        constant, jumps = referee.battery(0.0, kappa, gamma_s, gamma_p, detuning, cutoffs)
        driving = 1j * np.sqrt(gamma_p) * referee.ladders(*cutoffs)[1].dag()
        hamiltonian = referee.driven(constant, (driving, lambda t: pump(t, chirp)))
        return referee.evolve(hamiltonian, jumps, referee.coherent(cutoffs, (0, 0)), times)

    states, wrong = chirped(0.4), chirped(0.408)
    yield from every_element(run, referee.reduced(states, 0), referee.reduced(wrong, 0))
    yield from moments(run, "pump", referee.ladders(*cutoffs)[1], states, wrong)


@SUBJECT.claim(
    "A driven Kerr mode, H = −Δ a†a + (U/2) a†²a² + F a† + F* a, obeys losses of four kinds at once: photon loss D[a], "
    "two-photon loss D[a²], dephasing D[a†a] and gain D[a†].",
    route="exact solver, 12 number states, coherent start",
    referee=QUTIP,
    source="Lindblad, Commun. Math. Phys. 48, 119 (1976); Walls and Milburn, Quantum Optics, Ch. 6",
    control="a rate of two-photon loss 2 % larger",
)
def a_kerr_mode_with_four_losses() -> Iterator[Comparison]:
    """ρ at three times."""
    given = KerrMode(12, 0.7, 0.8, 0.5 - 0.3j, (1.1, 0.15, 0.2, 0.1), 0.6 + 0.4j)
    times = [0.15, 0.8, 2.5]
    run = qb.simulate(given.system(), times, qb.Lindblad(given.levels, tolerance=TOLERANCE))
    planted = given._replace(rates=(1.1, 0.153, 0.2, 0.1))
    states, wrong = (referee.reduced(each.states(times), 0) for each in (given, planted))
    yield from every_element(run, states, wrong)


@SUBJECT.claim(
    "Two coupled modes with different losses, frequencies, cutoffs and coherent starts keep their places: "
    "H = Δ₁ a†a + Δ₂ b†b + J a†b + J* b†a + (s a†² + h.c.).",
    route="exact solver, 10 × 8 number states, each of the two modes as the battery mode",
    referee=QUTIP,
    source=SOURCE,
    control="the loss of the second mode 1 % larger",
)
def two_unequal_modes_from_coherent_states() -> Iterator[Comparison]:
    """ρ of each mode and the moments of both."""
    first, second = qb.modes("left", "right")
    cutoffs, times, coupling, squeezing = (10, 8), [0.25, 1.2], 0.5 + 0.3j, 0.15 - 0.1j
    starts = (0.7 - 0.3j, -0.4 + 0.5j)
    exchange, pairs = coupling * first.dag * second, squeezing * first.dag**2
    hamiltonian = 0.3 * first.dag * first - 0.6 * second.dag * second + exchange + exchange.dag + pairs + pairs.dag

    def solved(loss: float) -> list[Any]:
        a, b = referee.ladders(*cutoffs)
        moved, made = coupling * a.dag() * b, squeezing * a.dag() * a.dag()
        free = 0.3 * a.dag() * a - 0.6 * b.dag() * b
        jumps = [(a, 0.7), (b, loss)]
        whole = free + moved + moved.dag() + made + made.dag()
        return referee.evolve(whole, jumps, referee.coherent(cutoffs, starts), times)

    states, wrong = solved(1.4), solved(1.414)
    for index, (storage, name) in enumerate(((first, "left"), (second, "right"))):
        system = qb.OpenSystem(
            hamiltonian, {first: 0.7, second: 1.4}, dict(zip((first, second), starts, strict=True)), storage
        )
        run = qb.simulate(system, times, qb.Lindblad(cutoffs, tolerance=TOLERANCE))
        yield from every_element(
            run, referee.reduced(states, index), referee.reduced(wrong, index), f"mode on the {name}"
        )
        yield from moments(run, name, referee.ladders(*cutoffs)[index], states, wrong)
