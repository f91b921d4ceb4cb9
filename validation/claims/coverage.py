"""Do intervals hold the truth as often as they say?  Many independent repeats against the master equation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import t as student

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, Table, Tier, compare
from validation.references import two_linear_modes as two

SUBJECT = Subject("Coverage of error bars")
Array = NDArray[np.float64]

LEVEL = float(student.ppf(0.975, 19))
"""Half width of a 95 % interval in standard errors, which come from 20 groups."""

QUANTITIES = {
    "energy": "energy",
    "ergotropy": "ergotropy W",
    "ergotropy_coherent": "coherent part W^c",
    "ergotropy_incoherent": "incoherent part W^i",
    "passive_energy": "passive energy",
    "photon_number": "pump photons",
    "pair_amplitude": "pairs Re⟨a²⟩",
    "pair_number": "pairs ⟨a†²a²⟩",
    "variance_x": "covariance V_xx",
    "variance_p": "covariance V_pp",
    "maximum_power": "largest power P_max",
}
"""What is covered, and how it is called."""


@dataclass(frozen=True)
class Repeats:
    """Deviations in standard errors [repeat, time], by quantity and part of the curve."""

    z: dict[str, Array]

    def share(self, factor: float = 1.0) -> dict[str, tuple[float, float]]:
        """Share of intervals that hold the truth, with its standard error, if error bars were `factor` times as large.

        Repeats are independent, the times of one are not: each repeat counts by its own share.
        """
        shares = {name: (np.abs(z) <= factor * LEVEL).mean(axis=1) for name, z in self.z.items()}
        return {name: _mean(each) for name, each in shares.items()}

    def mean_share(self) -> tuple[float, float]:
        """The same over all quantities."""
        return _mean(np.mean([(np.abs(z) <= LEVEL).mean(axis=1) for z in self.z.values()], axis=0))

    def mean_square(self) -> tuple[float, float]:
        """Mean of z² over what a jackknife judges, with its standard error."""
        smooth = [z for name, z in self.z.items() if not any(part in name for part in ("W^i", "W^c"))]
        return _mean(np.mean([(z**2).mean(axis=1) for z in smooth], axis=0))


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def expected_share(factor: float = 1.0) -> float:
    """Share of intervals that hold the truth with error bars `factor` times the right size, by Student's t."""
    return float(2 * student.cdf(factor * LEVEL, 19) - 1)


def of_battery(
    pump: float, times: Array, cutoffs: tuple[int, int], count: int, trajectories: int, late: float
) -> Repeats:
    """Runs of the battery against its master equation; `late` divides the times."""
    truth = _read(qb.simulate(qb.DopoBattery(pump), times, qb.Lindblad(cutoffs)), "")
    z: dict[str, list[Array]] = {name: [] for name in QUANTITIES}
    for seed in range(count):
        run = qb.simulate(qb.DopoBattery(pump), times, qb.PositiveP(trajectories, rng=77_000 + seed))
        values, errors = _read(run, ""), _read(run, "_stderr")
        for name in QUANTITIES:
            z[name].append((values[name] - truth[name]) / errors[name])
    parts: dict[str, Array] = {}
    for name, title in QUANTITIES.items():
        every = np.array(z[name])
        if every.shape[1] == 1:
            parts[title] = every
        else:
            parts |= {f"{title}, early": every[:, times < late], f"{title}, late": every[:, times >= late]}
    return Repeats(parts)


def _read(run: xr.Dataset, suffix: str) -> dict[str, Array]:
    """All quantities of a result, (T,) or (1,)."""
    storage = run.attrs["storage_mode"]
    found = {
        name: np.atleast_1d(run[name + suffix].values)
        for name in QUANTITIES
        if name + suffix in run and run[name].ndim < 2
    }
    covariance = run["quadrature_covariance" + suffix].values
    return found | {
        "photon_number": run["photon_number" + suffix].drop_sel(mode=storage).values[:, 0],
        "pair_amplitude": run["pair_amplitude" + suffix].sel(mode=storage).values.real,
        "pair_number": run["pair_number" + suffix].sel(mode=storage).values.real,
        "variance_x": covariance[:, 0, 0],
        "variance_p": covariance[:, 1, 1],
    }


def of_linear_modes(count: int, trajectories: int, times: Array) -> Repeats:
    """Runs of two linear modes by truncated Wigner against their exact Gaussian state."""
    names = {"photon_number": "n̄", "mean_field": "Re⟨a⟩", "pair_amplitude": "Re⟨a²⟩"}
    exact = two.exact(times).values()
    z: dict[str, list[Array]] = {}
    for seed in range(count):
        run = qb.simulate(two.declared(), times, qb.TruncatedWigner(trajectories, step=0.05, rng=88_000 + seed))
        for name, title in names.items():
            scores = (run[name].values.real - exact[name].real) / run[f"{name}_stderr"].values.real
            for mode, column in zip("ab", scores.T, strict=True):
                z.setdefault(f"{title.replace('a', mode)} of {mode}", []).append(column)
    return Repeats({name: np.array(each) for name, each in z.items()})


def verdicts(found: Repeats, each_factor: float, all_factor: float) -> Iterator[Comparison | Table]:
    """Shares against 95 %, mean of z² against Student's 19/17, and the table.

    each_factor, all_factor: by how much the error bars are made too small for the controls of both kinds.
    """
    shares = found.share()
    labels = tuple(shares)
    yield from compare(
        "share of the 95 % intervals that hold the exact value",
        [share for share, _ in shares.values()],
        np.full(len(labels), 0.95),
        error=[error for _, error in shares.values()],
        wrong=expected_share(each_factor),
        labels=labels,
    )
    mean, error = found.mean_share()
    yield from compare("the same, over all quantities", mean, 0.95, error=error, wrong=expected_share(all_factor))
    square, error = found.mean_square()
    student_square = 19 / 17
    yield from compare(
        "⟨(deviation/σ)²⟩ over all but W^i and W^c",
        square,
        student_square,
        error=error,
        wrong=student_square / all_factor**2,
    )
    smaller = found.share(0.9)
    rows = tuple(
        (name, f"{share:.1%}", f"{error:.1%}", f"{smaller[name][0]:.1%}") for name, (share, error) in shares.items()
    )
    headings = ("quantity", "held by 95 % intervals", "standard error", "with error bars 10 % smaller")
    yield Table(f"Coverage over {len(next(iter(found.z.values()))):,} independent runs", headings, rows)


@SUBJECT.claim(
    "95 % intervals, 2.093 σ with 20 groups, hold the exact value in 95 % of independent runs: of energy, ergotropy "
    "and its parts, photon and pair numbers, covariances and the largest power, early and late.",
    route="the battery with F_p = 3 (positive-P), 40 runs of 5 120 trajectories, γ_s t = 1, 2.5, 4, … 16",
    referee="the master equation of both modes, 60 × 14 levels",
    source="Student's t with 19 degrees of freedom, ⟨t²⟩ = 19/17; the battery as in the paper's Eqs. (6)–(9)",
    control="error bars 30 % too small; for single quantities 40 %",
)
def intervals_cover_in_forty_runs() -> Iterator[Comparison | Table]:
    """The light version."""
    yield from verdicts(of_battery(3.0, np.arange(1.0, 16.5, 1.5), (60, 14), 40, 5120, 9.0), 0.6, 0.7)


@SUBJECT.claim(
    "95 % intervals hold the exact value in 95 % of 1 000 independent runs, of every quantity and over the whole "
    "charging curve.",
    route="the battery with F_p = 3 (positive-P), 1 000 runs of 5 120 trajectories, γ_s t = 1 … 40",
    referee="the master equation of both modes, 80 × 16 levels",
    source="Student's t with 19 degrees of freedom, ⟨t²⟩ = 19/17; the paper's Fig. 4",
    control="error bars 10 % too small; for single quantities 15 %",
    tier=Tier.FULL,
)
def intervals_cover_in_a_thousand_runs() -> Iterator[Comparison | Table]:
    """The promise T11 of the programme."""
    yield from verdicts(of_battery(3.0, np.arange(1.0, 41.0), (80, 16), 1000, 5120, 25.0), 0.85, 0.9)


@SUBJECT.claim(
    "95 % intervals of truncated Wigner hold the exact value of a linear system in 95 % of 1 000 independent runs.",
    route="two coupled linear modes (truncated Wigner, exact there), 1 000 runs of 2 560 trajectories, five times",
    referee="exact Gaussian state of the modes: dV/dt = MV + VMᵀ + D",
    source="Gardiner, Handbook of Stochastic Methods, Sec. 4.4.6",
    control="error bars 10 % too small; for single quantities 15 %",
    tier=Tier.FULL,
)
def wigner_intervals_cover_in_a_thousand_runs() -> Iterator[Comparison | Table]:
    """n̄, ⟨a⟩ and ⟨a²⟩ of both modes."""
    yield from verdicts(of_linear_modes(1000, 2560, np.array([0.0, 0.3, 0.8, 1.7, 3.1])), 0.85, 0.9)
