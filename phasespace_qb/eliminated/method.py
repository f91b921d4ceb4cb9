"""The method `EliminatedSteadyState`: the closed form as a result with values, errors and findings."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.eliminated.closed_form import EliminatedOscillator
from phasespace_qb.eliminated.correction import SLOWEST, EliminationError, elimination_error
from phasespace_qb.outcome import Finding, Outcome, Verdict
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import Work, diagonal_passive_energy, passive_energy
from phasespace_qb.work.fit_error import FitError, fit_error
from phasespace_qb.work.passive import SEPARATED, sorted_energy

Array = NDArray[np.float64]
Values = dict[str, NDArray[Any]]

FEWEST_LEVELS: Final = 8
MOST_LEVELS: Final = 256
"""Largest density matrix that a result gets."""
WIDEST_SPECTRUM: Final = 2048
"""Most levels whose eigenvalues are computed: about a second with detuning, a fifth of it without."""
OUTSIDE: Final = 1e-10
"""Passive energy that the levels left out may hold, in ħω_s."""
NOTICEABLE: Final = 0.05
"""Share of energy or ergotropy from which on an error is reported in words."""


class Window(NamedTuple):
    """Number states first ≤ n < last, and a bound on the passive energy that they miss, in ħω_s."""

    first: int
    last: int
    outside: float


def solve(times: Array, ratio: float, noise: float, detuning: float, phase: float, slowness: float) -> Outcome:
    """The steady state at each of `times` (T,); energies in ħω_s.

    ratio, noise, detuning, phase: see `EliminatedOscillator`.  slowness: γ of the mode that stays over γ of the one
    that was eliminated.

    `_cutoff_error`: what levels without eigenvalues may hold, below 10⁻¹⁰.  `_estimator_error` of energies: the
    elimination; and the fit of two Gaussian branches, where there are more than 2 048 levels (ergotropy) or 2²⁶ terms
    in the number distribution (its incoherent part).  Up to 256 levels the density matrix is part of the result,
    beyond the attribute `density_matrix_left_out` says so.
    Raises: PhaseSpaceError for a state that spreads over millions of levels.
    """
    oscillator = EliminatedOscillator(ratio, noise, detuning, phase)
    window = _window(oscillator)
    work, fit = _work(oscillator, window)
    whole = window is not None and window.last <= MOST_LEVELS
    error = elimination_error(oscillator, slowness, window.last if window and whole else None, work)
    found = _moments(oscillator) | _energies(work, error, fit, window)
    coordinates: dict[str, Any] = {"mode": ["signal"]}
    if window and whole:
        rho = oscillator.density_matrix(0, window.last)
        found |= {"density_matrix": rho, "number_distribution": np.diagonal(rho).real}
        coordinates |= {"n": np.arange(window.last), "n_": np.arange(window.last)}
    constant = {name: np.broadcast_to(value, (times.size, *np.shape(value))) for name, value in found.items()}
    provenance = {"work_from": "eigenvalues" if window else "two Gaussian branches"}
    if not whole:
        how_many = f"{window.last} levels" if window else "too many levels for a matrix"
        provenance["density_matrix_left_out"] = f"{how_many}, more than {MOST_LEVELS}"
    return Outcome(constant, _findings(work, error, fit, slowness), coordinates, provenance)


def _window(oscillator: EliminatedOscillator) -> Window | None:
    """The number states that matter; None if there are too many for a matrix.

    Left-out levels hold the probability t_n each.  By interlacing, the eigenvalues r' of the block that is kept are
    no larger than those of ρ; by pinching, ρ is no more mixed than that block beside the rest.  Hence
    0 ≤ Σ k r_k − Σ k r'_k ≤ Σ (n + last) t_n.
    """
    if oscillator.number_distribution is None:
        return None
    start, p = oscillator.number_distribution
    n = start + np.arange(p.size)
    above = np.cumsum((2 * n * p)[::-1])[::-1]
    last = max(FEWEST_LEVELS, start + int(np.count_nonzero(above > OUTSIDE / 2)))
    first = 0
    if last > MOST_LEVELS:
        first = start + int(np.count_nonzero(np.cumsum((n + last) * p) < OUTSIDE / 2))
    if last - first > WIDEST_SPECTRUM:
        return None
    left_out = (n < first) | (n >= last)
    return Window(first, last, float((n + last)[left_out] @ p[left_out]))


class Fit(NamedTuple):
    """Two Gaussian branches: what they cost the ergotropy and its incoherent part, in ħω_s, and their shape."""

    ergotropy: float
    incoherent: float
    separation: float
    non_gaussianity: float


def _work(oscillator: EliminatedOscillator, window: Window | None) -> tuple[Work, Fit | None]:
    energy = oscillator.moment(1, 1).real
    numbers = oscillator.number_distribution
    fit, state = None, None
    if window is None:
        state, error = _two_branches(oscillator)
        incoherent = 0.0 if numbers else float(error.incoherent)
        fit = Fit(float(error.ergotropy), incoherent, float(state.separation), float(error.non_gaussianity))
        passive = float(passive_energy(state))
    else:
        passive = float(sorted_energy(oscillator.spectrum(window.first, window.last)))
    if numbers is None:
        assert state is not None  # there is no window without numbers
        diagonal = float(diagonal_passive_energy(state))
    else:
        diagonal = float(sorted_energy(numbers[1]))
    return Work(*map(np.asarray, (energy, passive, energy - passive, diagonal - passive, energy - diagonal))), fit


def _two_branches(oscillator: EliminatedOscillator) -> tuple[TwoBranchState, FitError]:
    """Two Gaussian branches with the exact n̄, ⟨a²⟩ and nearly the exact ⟨a†²a²⟩, and what they miss.

    Where the branches are apart, their direction is ½ arg (3n̄⟨a²⟩ − ⟨a†a³⟩), which two branches obey exactly.  With
    detuning it differs from ½ arg ⟨a²⟩, which misses up to 0.02 ħω_s there, many times its own error estimate.
    """
    number, pair = np.asarray(oscillator.moment(1, 1).real), np.asarray(oscillator.moment(0, 2))
    pairs, triples = (np.asarray(oscillator.moment(k, k).real) for k in (2, 3))
    state = TwoBranchState.from_moments(number, pair, pairs)
    error = fit_error(state, pairs, triples)
    if state.separation >= SEPARATED:
        angle = 0.5 * np.angle(3 * number * pair - oscillator.moment(1, 3))
        length = np.sqrt(0.5 * np.sum(state.branch.mean**2))
        state = TwoBranchState(GaussianState.from_moments(length * np.exp(1j * angle), number, pair))
    return state, error


def _energies(work: Work, error: EliminationError, fit: Fit | None, window: Window | None) -> Values:
    names = ("energy", "passive_energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
    found: Values = dict(zip(names, work, strict=True))
    bounds = np.array(error[:5])
    if fit is not None:
        bounds += [0.0, fit.ergotropy, fit.ergotropy, fit.ergotropy + fit.incoherent, fit.incoherent]
        found |= {
            "branches": np.asarray(2.0 if fit.separation > 0 else 1.0),
            "branch_separation": np.asarray(fit.separation),
            "non_gaussianity": np.asarray(fit.non_gaussianity),
        }
    found |= {f"{name}_estimator_error": bound for name, bound in zip(names, bounds, strict=True)}
    found["photon_number_estimator_error"] = bounds[:1]
    found["second_order_coherence_estimator_error"] = np.array([error.coherence])
    if window is not None:
        found |= {f"{name}_cutoff_error": np.asarray(window.outside) for name in names[1:4]}
    return found


def _moments(oscillator: EliminatedOscillator) -> Values:
    """Moments of the one mode, each (1,), and its covariance (2, 2)."""
    number, pair, together = oscillator.moment(1, 1).real, oscillator.moment(0, 2), oscillator.moment(2, 2).real
    covariance = [[number + pair.real, pair.imag], [pair.imag, number - pair.real]]
    return {
        "mean_field": np.zeros(1, np.complex128),  # the parity is conserved
        "photon_number": np.array([number]),
        "pair_amplitude": np.array([pair]),
        "pair_number": np.array([together]),
        "second_order_coherence": np.array([together / number**2 if number > 0 else np.nan]),
        "quadrature_covariance": np.array(covariance) + VACUUM_VARIANCE * np.eye(2),
    }


def _findings(work: Work, error: EliminationError, fit: Fit | None, slowness: float) -> list[Finding]:
    found = []
    shares = {
        name: getattr(error, name) / float(getattr(work, name))
        for name in ("energy", "ergotropy")
        if getattr(error, name) > NOTICEABLE * float(getattr(work, name))
    }
    exact = "Use PositiveP, or Lindblad at small photon numbers, on the battery itself."
    if shares:
        shown = " and ".join(f"the {name} by up to {share:.0%}" for name, share in shares.items())
        reason = f"the mode that was eliminated, with γ/γ_fast = {slowness:.3g}, may change {shown}. {exact}"
        found.append(Finding(Verdict.DOUBT, reason))
    elif slowness > SLOWEST:
        reason = (
            f"the mode that was eliminated is not fast, γ/γ_fast = {slowness:.3g}; errors of the elimination are "
            f"calibrated up to {SLOWEST:.2g}. {exact}"
        )
        found.append(Finding(Verdict.DOUBT, reason))
    if fit is not None and fit.ergotropy > NOTICEABLE * float(work.ergotropy):
        share = fit.ergotropy / float(work.ergotropy)
        reason = f"the state is not of two Gaussian branches, which may change the ergotropy by up to {share:.0%}."
        found.append(Finding(Verdict.DOUBT, reason))
    return found
