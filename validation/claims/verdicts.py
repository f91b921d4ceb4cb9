"""Verdicts: does every wrong run say so in time, are right ones left alone, and when do two results agree?"""

import json
from collections.abc import Iterator

import numpy as np
import xarray as xr

import phasespace_qb as qb
from validation.claims import agreement, wrong_runs
from validation.claims.wrong_runs import quietly
from validation.evidence import Comparison, Subject, Table, compare
from validation.hazards.grids import absorber, battery
from validation.references import two_linear_modes as two

SUBJECT = Subject("Verdicts", [claim for part in (wrong_runs, agreement) for claim in part.SUBJECT.claims])

WORDS = ("trust", "doubt", "reject")


@SUBJECT.claim(
    "A result carries its verdict: trust where its method is right; doubt where an approximation is known to fail or "
    "an error is too large; reject where what it states means nothing, as trajectories became infinite or number "
    "cutoffs are far too low.  The verdict of a run is the worst one of its times, and all but trust have reasons.",
    route="nine runs: truncated Wigner, linear theory, positive-P and the master equation, inside and outside the "
    "range in which they are right",
    referee="the condition under which each method is known to fail",
    source="positive-P: Gilchrist, Gardiner and Drummond, Phys. Rev. A 55, 3014 (1997); linear theory: Drummond and "
    "Gardiner, J. Phys. A 13, 2353 (1980) (small fluctuations); number cutoffs and steps: convergence",
    control="doubt and reject exchanged; trust and the others exchanged; the verdict of the first time for the worst",
)
def results_carry_their_verdicts() -> Iterator[Comparison | Table]:
    """Levels of nine runs, their reasons, and that the worst time decides."""
    times = np.array([0.5, 2.0, 4.0])
    lossy, strong = absorber(2.3, 1.6), battery(5.5, 1.8).system()
    with quietly():
        runs: dict[str, tuple[xr.Dataset, str]] = {
            "linear modes, truncated Wigner": (
                qb.simulate(two.declared(), times, qb.TruncatedWigner(2560, rng=1)),
                "trust",
            ),
            "linear modes, linear theory": (qb.simulate(two.declared(), times, qb.LinearNoise()), "trust"),
            "battery, positive-P": (qb.simulate(qb.DopoBattery(2.0), times, qb.PositiveP(2560, rng=1)), "trust"),
            "battery, positive-P, long steps": (
                qb.simulate(qb.DopoBattery(3.0), times, qb.PositiveP(40_000, rng=1, step=0.1)),
                "doubt",
            ),
            "battery, master equation": (qb.simulate(qb.DopoBattery(2.0), times, qb.Lindblad((28, 10))), "trust"),
            "battery, master equation, 4 levels": (
                qb.simulate(qb.DopoBattery(3.0), times, qb.Lindblad((4, 4))),
                "reject",
            ),
            "battery above threshold from vacuum, linear theory": (
                qb.simulate(qb.DopoBattery(3.0), 5 * times, qb.LinearNoise()),
                "doubt",
            ),
            "absorber Γ = 2.3 γ, positive-P": (qb.simulate(lossy, times, qb.PositiveP(10_000, rng=1)), "reject"),
            "battery Γ = 5.5 γ_s, positive-P": (qb.simulate(strong, times, qb.PositiveP(10_000, rng=1)), "reject"),
        }
    said = np.array([WORDS.index(run.attrs["verdict"]) for run, _ in runs.values()])
    expected = np.array([WORDS.index(word) for _, word in runs.values()])
    labels = tuple(runs)
    quantity = "verdict: trust 0, doubt 1, reject 2"
    yield from compare(quantity, said, expected, wrong=np.array([0, 2, 1])[expected], labels=labels)
    doubted = expected > 0
    yield from compare("whether a run is doubted or rejected", said > 0, doubted, wrong=~doubted, labels=labels)
    worst, first = (
        [int(pick(run.verdict_by_time.values)) for run, _ in runs.values()] for pick in (np.max, lambda each: each[0])
    )
    yield from compare("worst verdict of all times, as the verdict of the run", said, worst, wrong=first, labels=labels)
    reasons = [len(json.loads(run.attrs["verdict_reasons"])) > 0 for run, _ in runs.values()]
    yield from compare("whether there are reasons", reasons, doubted, wrong=~doubted, labels=labels)
    rows = tuple(
        (name, run.attrs["verdict"], "; ".join(json.loads(run.attrs["verdict_reasons"])))
        for name, (run, _) in runs.items()
    )
    yield Table("Verdicts and their reasons", ("run", "verdict", "reasons"), rows)
