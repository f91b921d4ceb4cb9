"""The second part of the chapter on the exact solver: steady states and decay rates."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eig

import phasespace_qb as qb
from validation.claims import exact_solver_elements
from validation.claims.exact_solver_elements import BATTERY, SOURCE, every_element
from validation.evidence import Comparison, compare
from validation.referees import qutip as referee
from validation.references.battery import PAPER

SUBJECT = exact_solver_elements.SUBJECT

ROUNDING = 1e-12
"""Of eigenvalues of dense matrices with norms of some tens."""


@SUBJECT.claim(
    f"The steady state that is found directly, without following the way to it, is that of L ρ = 0, with {BATTERY}.",
    route="steady state of a detuned battery with a complex pump, 10 × 6 number states",
    referee="QuTiP's steadystate, a direct solution of the linear equations",
    source=SOURCE,
    control="κ 0.1 % larger",
)
def the_steady_state_found_directly() -> Iterator[Comparison]:
    """ρ of the signal and moments of the pump."""
    cutoffs, pump, rates = (10, 6), 1.2 * np.exp(1.1j), (1.2, 5.0, -0.5)
    run = qb.steady_state(qb.DopoBattery(pump, 0.8, *rates), qb.Lindblad(cutoffs), slow_modes=False)
    state, wrong = (referee.steady(*referee.battery(pump, kappa, *rates, cutoffs)) for kappa in (0.8, 0.8008))
    yield from every_element(run, referee.reduced([state], 0), referee.reduced([wrong], 0))
    b = referee.ladders(*cutoffs)[1]
    for variable, symbol, operator in (
        ("mean_field", "⟨b⟩", b),
        ("photon_number", "⟨b†b⟩", b.dag() * b),
        ("pair_amplitude", "⟨b²⟩", b * b),
    ):
        # The same finite problem on both sides: the cutoff is no difference between them.
        found, step = (run[variable + suffix].sel(mode="pump").values for suffix in ("", "_step_error"))
        expected, planted = referee.averages(operator, [state]), referee.averages(operator, [wrong])
        known = step + referee.ERROR * cutoffs[1] ** 2 * (1 + 1j if np.iscomplexobj(step) else 1)
        yield from compare(f"{symbol} of the pump mode", found, expected, wrong=planted, known=known)


@SUBJECT.claim(
    "The slowest decay rates of the battery, of density matrices with the parity of the signal and of coherences "
    "between the two parities, are the eigenvalues of its Liouvillian closest to the imaginary axis, with "
    f"{BATTERY}.",
    route="eigenvalues beside the steady state of a battery with detuning, 6 × 4 number states",
    referee="all eigenvalues of QuTiP's Liouvillian as a dense matrix, in blocks of equal and opposite parity; allowed "
    "is the residual ‖Lv − λv‖/‖v‖ that the library states, times the condition number of the eigenvalue",
    source="Kessler et al., Phys. Rev. A 86, 012116 (2012); Albert and Jiang, Phys. Rev. A 89, 022118 (2014)",
    control="γ_s 1 % larger",
)
def the_slowest_decay_rates() -> Iterator[Comparison]:
    """Two eigenvalues of both sectors: in one of them real, in the other a complex pair."""
    cutoffs, pump, kappa, others = (6, 4), 1.1, 0.8, (5.0, 0.9)
    run = qb.steady_state(qb.DopoBattery(pump, kappa, 1.0, *others), qb.Lindblad(cutoffs))

    def slowest(gamma_s: float) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
        """Eigenvalues λ, and their condition numbers ‖y‖‖v‖/|y†v| of left and right eigenvectors y and v."""
        generator = referee.liouvillian(*referee.battery(pump, kappa, gamma_s, *others, cutoffs))
        parity = np.repeat(np.arange(cutoffs[0]) % 2, cutoffs[1])
        opposite = (parity[:, None] != parity).ravel()
        kept = []
        for block in (~opposite, opposite):
            solved: Any = eig(generator[np.ix_(block, block)], left=True, right=True)
            values, left, right = solved
            # Rounding does not decide which of a complex pair comes first.
            order = np.argsort(-values.real.round(9), kind="stable")[:2]
            order = order[np.argsort(values.imag[order].round(9), kind="stable")]
            lengths = np.linalg.norm(left, axis=0) * np.linalg.norm(right, axis=0)
            conditions = lengths / np.abs(np.sum(left.conj() * right, axis=0))
            kept.append((values[order], conditions[order]))
        (equal, first), (unequal, second) = kept
        return np.concatenate([equal, unequal]), np.concatenate([first, second])

    given, residuals = run.liouvillian_eigenvalue.values, run.liouvillian_eigenvalue_step_error.values.real
    ranks = np.argsort(given.imag.round(9), axis=1, kind="stable")
    found, residual = (np.take_along_axis(each, ranks, axis=1).ravel() for each in (given, residuals))
    expected, condition = slowest(1.0)
    labels = [f"{name}, {rank}" for name in ("equal parity", "opposite parity") for rank in ("first", "second")]
    yield from compare(
        "two slowest eigenvalues of each sector",
        found,
        expected,
        wrong=slowest(1.01)[0],
        # A residual ‖Lv − λv‖/‖v‖ moves an eigenvalue by no more than its condition number times that.
        known=condition * residual + ROUNDING,
        unit="rate unit",
        labels=labels,
    )


@SUBJECT.claim(
    "In the steady state of the battery the fields and the flows of energy balance: "
    "⟨b⟩ = (2/γ_p)(√γ_p F − κ⟨a²⟩/2) and γ_s⟨a†a⟩ + 2γ_p⟨b†b⟩ = 4√γ_p Re(F*⟨b⟩), with the losses γ_s D[a], γ_p D[b].",
    route="steady state of a detuned battery with a complex pump, 26 × 12 number states",
    referee="equations of motion of ⟨b⟩ and of ⟨a†a⟩ + 2⟨b†b⟩, which the solver does not use",
    source=PAPER + ", Eqs. (6)–(8), by Ehrenfest's theorem",
    control="κ 1 % larger, γ_p 1 % larger",
)
def balances_of_the_steady_state() -> Iterator[Comparison]:
    """Field of the pump and energy that is lost."""
    pump, kappa, gamma_s, gamma_p = 1.25 * np.exp(-0.8j), 0.9, 1.1, 7.0
    run = qb.steady_state(qb.DopoBattery(pump, kappa, gamma_s, gamma_p, 0.3), qb.Lindblad((26, 12)), slow_modes=False)
    field = run.mean_field.sel(mode="pump").values[0]
    pair = run.pair_amplitude.sel(mode="signal").values[0]
    signal, pumped = run.photon_number.values[0]

    def stated(variable: str, mode: str) -> float:
        """What the run says of the modulus of a value: cutoff and step."""
        return sum(float(abs(run[variable + e].sel(mode=mode).values[0])) for e in ("_cutoff_error", "_step_error"))

    def rest(coupling: float) -> complex:
        return complex(2 / gamma_p * (np.sqrt(gamma_p) * pump - coupling * pair / 2))

    of_field = stated("mean_field", "pump")
    known = of_field + kappa / gamma_p * stated("pair_amplitude", "signal")
    yield from compare("mean field ⟨b⟩ of the pump", [field], [rest(kappa)], wrong=[rest(1.01 * kappa)], known=known)
    lost, wrong = (gamma_s * signal + 2 * rate * pumped for rate in (gamma_p, 1.01 * gamma_p))
    drawn = 4 * np.sqrt(gamma_p) * (np.conj(pump) * field).real
    known = 4 * np.sqrt(gamma_p) * abs(pump) * of_field
    known += gamma_s * stated("photon_number", "signal") + 2 * gamma_p * stated("photon_number", "pump")
    yield from compare("energy drawn from the drive", [drawn], [lost], wrong=[wrong], known=known, unit="ħω_s γ")
