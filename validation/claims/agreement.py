"""When do two results agree, and is the chance that is stated with it right?"""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare
from validation.references import two_linear_modes as two

SUBJECT = Subject("Verdicts")
Array = NDArray[np.float64]

PAIRS, SHIFT, ALLOWED = 30, 8.0, 0.01


@SUBJECT.claim(
    "Two results of one system agree unless they differ: of 30 pairs of equal results none is said to disagree, and no "
    "more are doubted than the one in a hundred that doubt begins at lets expect; where photon numbers are 8 standard "
    "errors of the difference off, all 30 are said to disagree, and for the photon number.",
    route="30 pairs of runs of two coupled linear modes (truncated Wigner, 2 560 trajectories, three times); then the "
    "photon numbers of both modes at all times of one of each pair are moved away from those of the other by 8 "
    "standard errors of the difference",
    referee="the pairs are equal, or moved, by construction",
    source="Bonferroni's bound and Student's t with 19 degrees of freedom",
    control="one equal pair in six doubted, one in 30 disagreeing; one moved pair in six not found",
)
def agreement_of_two_results() -> Iterator[Comparison]:
    """False alarms, and differences that are found, and where."""
    times = np.array([0.3, 0.6, 1.1])
    runs = [
        qb.simulate(two.declared(), times, qb.TruncatedWigner(2560, step=0.05, rng=seed)) for seed in range(2 * PAIRS)
    ]
    equal, found, named = [], [], []
    for one, other in zip(runs[::2], runs[1::2], strict=True):
        equal.append(qb.agreement(one, other).attrs["verdict"])
        judged = qb.agreement(_moved(one, other), other)
        found.append(judged.attrs["verdict"] == "disagree")
        named.append(str(judged["quantity"].values[int(np.argmin(judged["chance"].values))]) == "photon_number")
    error = np.sqrt(ALLOWED * (1 - ALLOWED) / PAIRS)
    doubted = np.mean([verdict != "agree" for verdict in equal])
    yield from compare("share of equal pairs that are doubted", doubted, 0.0, known=ALLOWED, error=error, wrong=1 / 6)
    yield from compare("equal pairs that are said to disagree", equal.count("disagree"), 0, wrong=1, unit="pairs")
    yield from compare("moved pairs that are said to disagree", sum(found), PAIRS, wrong=5 / 6 * PAIRS, unit="pairs")
    yield from compare("moved pairs in which the photon number is named", sum(named), PAIRS, wrong=25, unit="pairs")


def _moved(run: xr.Dataset, other: xr.Dataset) -> xr.Dataset:
    """A run with photon numbers moved away from those of the other by SHIFT standard errors of the difference."""
    error = np.hypot(run.photon_number_stderr, other.photon_number_stderr)
    away = np.where(run.photon_number >= other.photon_number, 1.0, -1.0)
    return run.assign(photon_number=run.photon_number + SHIFT * error * away)


def _invented(run: xr.Dataset, number: ArrayLike, error: ArrayLike, bound: float = 0.0) -> xr.Dataset:
    """A result of photon numbers alone, (time, mode), with the identity of a run."""
    dims = ("time", "mode")
    values = {"": np.asarray(number), "_stderr": np.asarray(error), "_step_error": np.full(np.shape(number), bound)}
    data = {f"photon_number{suffix}": (dims, np.atleast_2d(each)) for suffix, each in values.items()}
    times = np.arange(1.0, 1.0 + len(np.atleast_2d(number)))
    modes = run.mode.values[: np.atleast_2d(number).shape[1]]
    return xr.Dataset(data, {"time": times, "mode": modes}, run.attrs)


def _two_tails(z: float) -> float:
    return float(2 * student.cdf(-abs(z), 19))


@SUBJECT.claim(
    "The chance that is stated with an agreement is that of the differences: the smaller one of two tests, times 2 for "
    "their number: T·2P(t₁₉ < −|z|) for the largest z of T independent times, and 2P(t₁₉ < −z̄) for the root mean "
    "square z̄ over the times; times the numbers of modes and of quantities; with z = (|d| − b)/√(σ₁² + σ₂²), b the "
    "stated errors other than those of sampling.  Equal results have a chance below p in no more than the share p of "
    "cases.",
    route="invented results: photon numbers with a known difference, of one or two modes, at one or three times, with "
    "and without step errors; two quantities; 150 invented equal pairs, means and errors of 20 groups of normal "
    "numbers",
    referee="Student's t of SciPy with 19 degrees of freedom, and the factors counted by hand; for a single number the "
    "chance is min(1, 2u) with u uniform, of mean ¾",
    source="Student, Biometrika 6, 1 (1908); Dunn, J. Am. Stat. Assoc. 56, 52 (1961), for Bonferroni's bound",
    control="one tail of Student's t instead of two",
)
def the_stated_chance_is_that_of_the_differences() -> Iterator[Comparison]:
    """Chances that are computed by hand, and their distribution where nothing differs."""
    run = qb.simulate(two.declared(), [0.3], qb.LinearNoise())
    one, other, distance = 0.03, 0.04, 0.05
    cases: dict[str, tuple[float, float]] = {}

    def state(name: str, first: xr.Dataset, second: xr.Dataset, expected: float) -> None:
        cases[name] = (float(qb.agreement(first, second).attrs["chance"]), expected)

    for z in (2.5, 3.2, -4.1, 6.0):
        pair = _invented(run, [[1 + z * distance]], [[one]]), _invented(run, [[1.0]], [[other]])
        state(f"one number, z = {z:g}", *pair, 2 * _two_tails(z))
    pair = _invented(run, [[1.22, 2.0]], [[one, one]]), _invented(run, [[1.0, 2.01]], [[other, other]])
    state("two modes, z = 4.4 and −0.2", *pair, 2 * 2 * _two_tails(4.4))
    pair = _invented(run, [[1.26]], [[one]], 0.04), _invented(run, [[1.0]], [[other]], 0.02)
    state("one number, z = 4 beyond the step errors", *pair, 2 * _two_tails(4.0))
    # No change of sign makes one independent time of three, two changes make three.
    for steady, independent in ((1.0, 1), (-1.0, 3)):
        first = _invented(run, 1 + distance * np.array([[0.5], [5 * steady], [0.2]]), np.full((3, 1), one))
        second = _invented(run, np.ones((3, 1)), np.full((3, 1), other))
        both = independent * _two_tails(5.0), _two_tails(np.sqrt((0.5**2 + 5**2 + 0.2**2) / 3))
        name = f"three times, z = 0.5, {5 * steady:g} and 0.2"
        state(name, first, second, 2 * min(both))
    first = _invented(run, 1 + distance * np.array([[2.6], [2.7], [2.5]]), np.full((3, 1), one))
    both = _two_tails(2.7), _two_tails(np.sqrt((2.6**2 + 2.7**2 + 2.5**2) / 3))
    state("three times, z = 2.6, 2.7 and 2.5", first, second, 2 * min(both))
    pair = _invented(run, [[1.2]], [[one]]), _invented(run, [[1.0]], [[other]])
    fields = [each.assign(energy=("time", [1.0]), energy_stderr=("time", [0.01])) for each in pair]
    state("two quantities, z = 4 and 0", fields[0], fields[1], 2 * 2 * _two_tails(4.0))
    found, expected = np.array(list(cases.values())).T
    # 10⁻⁹ of the values is allowed for rounding, hence 10⁻⁷ of σ, and at z = 6 some 10⁻⁶ of the chance.
    yield from compare(
        "chance of differences", found, expected, known=3e-6 * expected, wrong=expected / 2, labels=tuple(cases)
    )
    yield from _of_equal(run)


def _of_equal(run: xr.Dataset) -> Iterator[Comparison]:
    """How the stated chance is distributed where nothing differs."""
    repeats, groups = 150, 20
    drawn = np.random.default_rng(4).standard_normal((repeats, groups))
    errors = drawn.std(axis=1, ddof=1) / np.sqrt(groups)
    exact = _invented(run, [[1.0]], [[0.0]])
    chances = np.array(
        [
            float(qb.agreement(_invented(run, [[1 + mean]], [[error]]), exact).attrs["chance"])
            for mean, error in zip(drawn.mean(axis=1), errors, strict=True)
        ]
    )
    # x = min(1, 2u) has ⟨x⟩ = ¾ and ⟨x²⟩ = ⅔; with one tail x = u.
    spread = np.sqrt((2 / 3 - 9 / 16) / repeats)
    yield from compare("mean of the chances of equal results", chances.mean(), 0.75, error=spread, wrong=0.5)
    levels = np.array([0.1, 0.25, 0.5, 0.75, 0.95])
    shares = np.array([(chances < level).mean() for level in levels])
    yield from compare(
        "share of equal results whose chance is below p",
        shares,
        levels / 2,
        error=np.sqrt(levels / 2 * (1 - levels / 2) / repeats),
        wrong=levels,
        axis=levels,
        axis_name="p",
    )
