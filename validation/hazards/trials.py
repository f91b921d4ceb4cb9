"""One run of a case against its exact solution: when it was wrong, and when which rule said so."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import norm

import phasespace_qb as qb
from phasespace_qb.methods import Trajectories
from phasespace_qb.outcome import Finding
from phasespace_qb.phase_space import ensemble, hazards
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.hazards.results import NOTICEABLE_STEP_ERROR
from phasespace_qb.phase_space.integrators import Heun
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.base import Representation
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.phase_space.step_size import choose_step
from phasespace_qb.phase_space.tails import DriftSizes, Tails
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.results.significance import size_at
from validation.hazards.grids import Case

Mask = NDArray[np.bool_]
Values = dict[str, NDArray[Any]]

QUANTITIES = {"photon_number": (1, 1), "pair_amplitude": (0, 2), "pair_number": (2, 2)}
"""What is compared, with its powers of a† and a."""
SIGMAS = size_at(float(2 * norm.sf(4.0)))
"""As rare for Student's t with 19 degrees of freedom, which these errors have, as four for the normal distribution."""

ASTRAY = 0.2

KINDS: dict[str, Callable[[Finding], bool]] = {
    "parameters": lambda finding: finding.at is None,
    "tails": lambda finding: "fall off like a power law" in finding.reason or "trajectories carry" in finding.reason,
    "interval": lambda finding: "beyond the interval" in finding.reason,
    "infinite": lambda finding: "became infinite" in finding.reason,
    "step": lambda finding: "the time step changes" in finding.reason,
    "dropped terms": lambda finding: "third-order derivatives" in finding.reason,
}
"""Rules by what they look at."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Masks are (T,); z is the largest deviation, in standard errors, in excess of what is known of the step.

    wrong: beyond sampling errors, beyond the step error that the run states, and beyond 0.2 % of the value, which no
    run is doubted for.  astray: the photon number is off by a fifth of its largest value, whatever the errors.
    flagged: by any rule.  by: for each kind of rule.
    """

    case: Case
    wrong: Mask
    astray: Mask
    flagged: Mask
    by: dict[str, Mask]
    z: float
    tails: list[Tails]

    def caught(self, bad: Mask, *kinds: str) -> bool:
        """Whether rules of these kinds, or any without one, spoke at or before the first bad time."""
        spoke = np.any([self.by[kind] for kind in kinds], axis=0) if kinds else self.flagged
        return bool(spoke[: int(bad.argmax()) + 1].any())


def trial(case: Case) -> Trial:
    """Run a case and its exact solution, and compare."""
    values, findings, tails = sample(case)
    exact = qb.simulate(case.system, case.times, qb.Lindblad(case.cutoffs or "auto", tolerance=1e-7))
    wrong, z = _compare(values, exact, case)
    photons = exact["photon_number"].values[:, case.system.modes.index(case.system.storage_mode)]
    with np.errstate(invalid="ignore"):
        astray = np.abs(values["photon_number"].real - photons) > ASTRAY * photons.max()
    by = {kind: _holds(filter(belongs, findings), case) for kind, belongs in KINDS.items()}
    return Trial(case, wrong, astray, _holds(findings, case), by, z, tails)


def sample(case: Case) -> tuple[Values, list[Finding], list[Tails]]:
    """Moments of the run with the standard errors that it would not show, and what the rules say about it.

    Ergotropies are left out: they mean nothing where moments are wrong.
    """
    method = method_of(case)
    scheme, end = method.integrator, float(case.times[-1])
    ito = rules_of(case).equations(case.system)
    equations = ito.to(scheme.calculus)
    step = choose_step(equations, scheme, end, method.relative_accuracy, method.step).step
    schedule = plan(case.times, equations.breakpoints, step, even=True)
    program = ensemble.compile_program(equations, scheme, schedule, method.noise, companion=True)
    mode = case.system.modes.index(case.system.storage_mode)
    reader = MomentReader(equations, mode)
    moments, sizes = reader.accumulator(len(case.times)), DriftSizes(ito, case.times)
    parts: list[Accumulator] = [moments, StepPair(moments), sizes]
    sums, pairs, histogram = ensemble.run(program, parts, case.trajectories, Address(case.seed))
    values: Values = {}
    with np.errstate(all="ignore"):
        for name, (creations, annihilations) in QUANTITIES.items():
            whole, fine, coarse = (
                reader.moment(with_each_left_out(part), moments, mode, creations, annihilations)
                for part in (sums, pairs[:, 0], pairs[:, 1])
            )
            values[name], values[f"{name}_stderr"] = jackknife(whole, sums[:, 0, 0, 0])
            shift, error = jackknife(coarse - fine, pairs[:, 0, 0, 0, 0])
            bound = np.abs(shift.real) + error.real + 1j * (np.abs(shift.imag) + error.imag)
            values[f"{name}_step_error"] = bound
    energy = {f"energy{suffix}": values[f"photon_number{suffix}"].real for suffix in ("", "_stderr", "_step_error")}
    tails = sizes.tails(histogram[0])
    findings = [
        *hazards.of_equations(ito, case.times, scheme),
        *hazards.of_counts(sums[:, :, 0, 1].sum(axis=0), case.trajectories, sums[:, 0, 0, 0]),
        *hazards.of_dropped_terms(ito, energy["energy"]),
        *hazards.of_step(energy),
        *([] if case.wigner else hazards.of_tails(tails)),
        *hazards.of_interval(ito, DriftSizes.not_real(histogram[0]), case.trajectories),
    ]
    return values, findings, tails


def rules_of(case: Case) -> Representation:
    """The representation that the case asks for."""
    return WignerRules() if case.wigner else PositivePRules()


def method_of(case: Case) -> Trajectories:
    """The method with the step that the case asks for."""
    scheme = case.integrator or Heun()
    chosen = qb.TruncatedWigner if case.wigner else qb.PositiveP
    method = chosen(case.trajectories, integrator=scheme, rng=case.seed)
    if case.finer == 1.0:
        return method
    equations = rules_of(case).equations(case.system).to(scheme.calculus)
    default = choose_step(equations, scheme, float(case.times[-1]), method.relative_accuracy, None).step
    return replace(method, step=default / case.finer)


def _holds(findings: Iterable[Finding], case: Case) -> Mask:
    masks = [np.ones(len(case.times), dtype=bool) if f.at is None else f.at for f in findings]
    held: Mask = np.logical_or.reduce([np.zeros(len(case.times), dtype=bool), *masks])
    return held


def _compare(values: Values, exact: xr.Dataset, case: Case) -> tuple[Mask, float]:
    mode = case.system.modes.index(case.system.storage_mode)
    wrong = np.zeros(len(case.times), dtype=bool)
    largest = 0.0
    for name in QUANTITIES:
        found, error, step = (values[name + suffix] for suffix in ("", "_stderr", "_step_error"))
        reference, cutoff = exact[name].values[:, mode], exact[f"{name}_cutoff_error"].values[:, mode]
        scale = float(np.abs(reference).max())
        for part in (np.real, np.imag):
            with np.errstate(all="ignore"):
                unsure = np.abs(part(cutoff)) + 1e-6 * scale + 1e-9
                distance = np.maximum(np.abs(part(found) - part(reference)) - unsure, 0.0)
                excess = np.maximum(distance - np.maximum(part(step), NOTICEABLE_STEP_ERROR * np.abs(reference)), 0.0)
                wrong |= excess > SIGMAS * part(error)
                largest = max(largest, float(np.nanmax(np.where(excess > 0, excess / part(error), 0.0), initial=0.0)))
    return wrong, largest
