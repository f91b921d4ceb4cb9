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

    @property
    def count(self) -> int:
        """How many repeats there are."""
        return len(next(iter(self.z.values())))

    def share(self, factor: float = 1.0) -> dict[str, float]:
        """Share of intervals that hold the truth, by quantity, if error bars were `factor` times as large."""
        return {name: float((np.abs(z) <= factor * LEVEL).mean()) for name, z in self.z.items()}

    def scatter(self) -> dict[str, float]:
        """Standard error of each share if 95 % is right."""
        return {name: self._scatter([z]) for name, z in self.z.items()}

    def all_shares(self) -> tuple[float, float]:
        """The share over all quantities, and its standard error if 95 % is right."""
        return float(np.mean(list(self.share().values()))), self._scatter(list(self.z.values()))

    def _scatter(self, parts: list[Array]) -> float:
        """√[p(1 − p)/R Σ_ij w_i w_j r_ij²] for shares of weights w in R repeats, of what r correlates.

        Binomial, with what is expected: a share that is estimated as 100 % has no scatter to be estimated.  Repeats are
        independent; numbers of one repeat are not, but no even functions of two normal numbers are more correlated
        than r².
        """
        weights = np.concatenate([np.full(z.shape[1], 1 / (len(parts) * z.shape[1])) for z in parts])
        correlation = np.atleast_2d(np.corrcoef(np.concatenate(parts, axis=1), rowvar=False))
        return float(np.sqrt(0.95 * 0.05 / self.count * (weights @ correlation**2 @ weights)))

    def mean(self) -> dict[str, tuple[float, float]]:
        """Mean of z with its standard error, by quantity."""
        return {name: _mean(z.mean(axis=1)) for name, z in self.z.items()}

    def mean_square(self) -> tuple[float, float]:
        """Mean of z² over what a jackknife judges, with its standard error."""
        smooth = [z for name, z in self.z.items() if not any(part in name for part in ("W^i", "W^c"))]
        return _mean(np.mean([(z**2).mean(axis=1) for z in smooth], axis=0))


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def expected_share(factor: float = 1.0, bias: float = 0.0) -> float:
    """Share of intervals that hold the truth, by Student's t.

    factor: error bars are this many times the right size.  bias: values are off by this many error bars.
    """
    return float(student.cdf(factor * LEVEL - bias, 19) - student.cdf(-factor * LEVEL - bias, 19))


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


def shares(found: Repeats, each_factor: float, all_factor: float, bias: float) -> Iterator[Comparison]:
    """Shares against 95 %.

    each_factor, all_factor: by how much the error bars are made too small for the controls of single quantities and of
    all.  bias: by how many error bars values are moved for a control of all.
    """
    held, scatter = found.share(), found.scatter()
    yield from compare(
        "share of the 95 % intervals that hold the exact value",
        list(held.values()),
        np.full(len(held), 0.95),
        error=list(scatter.values()),
        wrong=expected_share(each_factor),
        labels=tuple(held),
    )
    share, error = found.all_shares()
    # The planted error that is harder to see.
    wrong = max(expected_share(all_factor), expected_share(bias=bias))
    yield from compare("the same, over all quantities", share, 0.95, error=error, wrong=wrong)


def means(found: Repeats, bias: float) -> Iterator[Comparison]:
    """Whether values are off to one side."""
    average = found.mean()
    yield from compare(
        "⟨deviation/σ⟩",
        [value for value, _ in average.values()],
        np.zeros(len(average)),
        error=[error for _, error in average.values()],
        wrong=bias,
        labels=tuple(average),
    )


def squares(found: Repeats, factor: float) -> Iterator[Comparison]:
    """Mean of z² against Student's 19/17."""
    square, error = found.mean_square()
    expected = 19 / 17
    title = "⟨(deviation/σ)²⟩ over all but W^i and W^c"
    yield from compare(title, square, expected, error=error, wrong=expected / factor**2)


def table(found: Repeats, title: str = "Coverage") -> Table:
    """Shares with error bars as they are and smaller ones."""
    held, scatter, smaller = found.share(), found.scatter(), found.share(0.9)
    rows = tuple(
        (name, f"{held[name]:.1%}", f"{scatter[name]:.1%}", f"{smaller[name]:.1%}", f"{np.median(z):+.2f}")
        for name, z in found.z.items()
    )
    headings = (
        "quantity",
        "held by 95 % intervals",
        "standard error",
        "with error bars 10 % smaller",
        "median deviation/σ",
    )
    return Table(f"{title} over {found.count:,} independent runs", headings, rows)


MASTER = "the package's master equation, which QuTiP checks in the chapter on the exact solver: both modes, "


@SUBJECT.claim(
    "95 % intervals, 2.093 σ with 20 groups, hold the exact value in 95 % of independent runs, and values are not off "
    "to one side: of energy, ergotropy and its parts, photon and pair numbers, covariances and the largest power, "
    "early and late.",
    route="the battery with κ = 0.5, γ_p = 16 and F_p = 3 in units of γ_s (positive-P), 40 runs of 5 120 trajectories, "
    "γ_s t = 1, 2.5, 4, … 13",
    referee=MASTER + "60 × 14 levels",
    source="Student's t with 19 degrees of freedom; J.-T. Zhang, S.-Q. Ma, J.-Y.-R. Jin and Q. Ai, \"Quantum Batteries "
    'in Coherent Ising Machine", Eqs. (6)–(9), for the battery',
    control="for all quantities together, error bars 30 % too small or values off by 1.2 of them, whichever is harder "
    "to see; for the share of single quantities, error bars 40 % too small; for ⟨deviation/σ⟩, values off by 0.8 "
    "standard errors",
)
def intervals_cover_in_forty_runs() -> Iterator[Comparison | Table]:
    """The light version."""
    found = of_battery(3.0, np.arange(1.0, 14.0, 1.5), (60, 14), 40, 5120, 7.0)
    yield from shares(found, 0.6, 0.7, 1.2)
    yield from means(found, 0.8)
    yield table(found)


@SUBJECT.claim(
    "95 % intervals hold the exact value in 95 % of 1 000 independent runs, of every quantity, W^i where it exceeds "
    "its error, and over the whole charging curve.",
    route="the battery with κ = 0.5, γ_p = 16 and F_p = 3 in units of γ_s (positive-P), 1 000 runs of 5 120 "
    "trajectories, γ_s t = 1 … 40; in the last table, F_p = 2.4 and 2 560 trajectories, where W^i is 0.001 to "
    "0.012 at errors of 0.002 to 0.018: a declared limit, its intervals hold the exact value in 80 to 90 % of the runs "
    "only, as do those of the largest power where the power hardly has a maximum",
    referee=MASTER + "80 × 16 levels",
    source="Student's t with 19 degrees of freedom, ⟨t²⟩ = 19/17; J.-T. Zhang, S.-Q. Ma, J.-Y.-R. Jin and Q. Ai, "
    '"Quantum Batteries in Coherent Ising Machine", Fig. 4',
    control="error bars 10 % too small or values off by half of them, whichever is harder to see; for single "
    "quantities, error bars 15 % too small",
    tier=Tier.FULL,
)
def intervals_cover_in_a_thousand_runs() -> Iterator[Comparison | Table]:
    """Every quantity, and the case in which one of them is not resolved."""
    found = of_battery(3.0, np.arange(1.0, 41.0), (80, 16), 1000, 5120, 25.0)
    yield from shares(found, 0.85, 0.9, 0.5)
    yield from squares(found, 0.9)
    yield table(found)
    unresolved = of_battery(2.4, np.arange(2.0, 17.0, 2.0), (60, 14), 100, 2560, 9.0)
    yield table(unresolved, "Where W^i is not resolved, F_p = 2.4 and 2 560 trajectories: coverage")


@SUBJECT.claim(
    "95 % intervals of truncated Wigner hold the exact value of a linear system in 95 % of 1 000 independent runs.",
    route="two coupled linear modes (truncated Wigner, exact there), 1 000 runs of 2 560 trajectories, five times",
    referee="exact Gaussian state of the modes: dV/dt = MV + VMᵀ + D",
    source="Gardiner, Handbook of Stochastic Methods, Sec. 4.4.6",
    control="error bars 10 % too small or values off by half of them, whichever is harder to see; for single "
    "quantities, error bars 15 % too small",
    tier=Tier.FULL,
)
def wigner_intervals_cover_in_a_thousand_runs() -> Iterator[Comparison | Table]:
    """n̄, ⟨a⟩ and ⟨a²⟩ of both modes."""
    found = of_linear_modes(1000, 2560, np.array([0.0, 0.3, 0.8, 1.7, 3.1]))
    yield from shares(found, 0.85, 0.9, 0.5)
    yield from squares(found, 0.9)
    yield table(found)
