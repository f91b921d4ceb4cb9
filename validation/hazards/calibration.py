"""What the thresholds of the rules were set by, on systems that the report does not use."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space.hazards.runaway import CARRIED, HEAVY_TAIL, INFINITE_VARIANCE
from phasespace_qb.phase_space.tails import Tails
from validation.hazards.grids import Case, calibration_grid
from validation.hazards.trials import Trial, sample, trial


@dataclass(frozen=True)
class Onset:
    """Runs of one family and Γ: how many grew tails of an index below 3 and 2, and the latest Γt at which they did."""

    family: str
    loss: float
    runs: int
    heavy: int
    infinite: int
    latest: float


@dataclass(frozen=True)
class Calibration:
    """smallest_index, largest_carried: over clean runs.  onsets: by family and Γ.

    index_when_wrong: the largest tail index that a wrong run had when it was first wrong; carried_when_wrong: the
    smallest share of the drift that the top 0.1 % then carried.  wrong: how many runs were.
    """

    clean: int
    smallest_index: float
    largest_carried: float
    onsets: list[Onset]
    wrong: int
    index_when_wrong: float
    carried_when_wrong: float


def calibrate() -> Calibration:
    """Run the calibration grid."""
    quiet: list[tuple[float, float]] = []
    trials: list[Trial] = []
    for case in calibration_grid():
        if case.cutoffs is None:
            tails = sample(case)[2]
            quiet.append((float(_index(tails).min()), float(_carried(tails).max())))
        else:
            trials.append(trial(case))
    # The interval rule, not that of the tails, is for the scheme that steps beyond its interval.
    wrong = [each for each in trials if each.wrong.any() and each.case.family != "eliminated"]
    first = [int(each.wrong.argmax()) for each in wrong]
    return Calibration(
        clean=len(quiet),
        smallest_index=min(index for index, _ in quiet),
        largest_carried=max(carried for _, carried in quiet),
        onsets=list(_onsets(trials)),
        wrong=len(wrong),
        index_when_wrong=max(float(_index(each.tails)[: k + 1].min()) for each, k in zip(wrong, first, strict=True)),
        carried_when_wrong=min(
            float(_carried(each.tails)[: k + 1].max()) for each, k in zip(wrong, first, strict=True)
        ),
    )


def describe(found: Calibration) -> list[str]:
    """The calibration in words."""
    lines = [
        f"{found.clean} clean runs: tail index {found.smallest_index:.2f} or more (doubted below {HEAVY_TAIL:g}), "
        f"0.1% carry {found.largest_carried:.1%} of the drift or less (doubted above {CARRIED:.0%})",
        f"{found.wrong} wrong runs: tail index {found.index_when_wrong:.2f} or less by the first wrong time, "
        f"0.1% carried {found.carried_when_wrong:.1%} or more",
    ]
    for onset in found.onsets:
        latest = f", the last of them at Γt = {onset.latest:.2g}" if onset.infinite else ""
        lines.append(
            f"{onset.family}, Γ = {onset.loss:g}: of {onset.runs} runs {onset.heavy} fell below {HEAVY_TAIL:g} and "
            f"{onset.infinite} below {INFINITE_VARIANCE:g}{latest}"
        )
    return lines


def _index(tails: list[Tails]) -> NDArray[np.float64]:
    """The smallest of all sets, (T,)."""
    return np.asarray(np.min([each.index for each in tails], axis=0))


def _carried(tails: list[Tails]) -> NDArray[np.float64]:
    """The largest of all sets, (T,)."""
    return np.asarray(np.max([each.carried for each in tails], axis=0))


def _onsets(trials: Iterable[Trial]) -> Iterable[Onset]:
    groups: dict[tuple[str, float], list[Trial]] = {}
    for each in trials:
        groups.setdefault((each.case.family, loss_of(each.case)), []).append(each)
    for (family, loss), members in groups.items():
        infinite = [_index(each.tails) < INFINITE_VARIANCE for each in members]
        onset = [each.case.times[mask.argmax()] for each, mask in zip(members, infinite, strict=True) if mask.any()]
        heavy = sum(bool((_index(each.tails) < HEAVY_TAIL).any()) for each in members)
        yield Onset(family, loss, len(members), heavy, len(onset), float(np.max(onset, initial=0.0)) * loss)


def loss_of(case: Case) -> float:
    """Γ as the name of the case says."""
    return float(case.name.split("Γ = ")[1].split(",")[0])
