"""Error bars: the jackknife where its answer is known, the scatter of repeats, the error of the step, a target."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from scipy.stats import t as student

import phasespace_qb as qb
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from validation.evidence import Comparison, Subject, compare
from validation.references import two_linear_modes as two
from validation.routes.single_trajectories import paths_of_both_resolutions, program

SUBJECT = Subject("Error bars")
Array = NDArray[np.float64]

GROUPS = 20
LEVEL = float(student.ppf(0.975, GROUPS - 1))
"""Half width of a 95 % interval in standard errors."""

X, Y, SPREAD_X, SPREAD_Y, TIE = 2.0, 3.0, 0.5, 0.8, -0.6
"""Means, standard deviations and correlation of the pairs of normal numbers that are drawn."""


def _drawn(repeats: int, sizes: NDArray[np.int64], seed: int) -> dict[str, Array]:
    """The jackknife's values and errors of three statistics of pairs (x, y), each (2, repeats)."""
    rng = np.random.default_rng(seed)
    sums = np.empty((GROUPS, 3, repeats))
    for group, size in enumerate(sizes):
        one, other = rng.standard_normal((2, size, repeats))
        x, y = X + SPREAD_X * one, Y + SPREAD_Y * (TIE * one + np.sqrt(1 - TIE**2) * other)
        sums[group] = x.sum(axis=0), y.sum(axis=0), (x**2).sum(axis=0)
    counts = sizes.astype(float)
    x, y, square = np.moveaxis(with_each_left_out(sums) / with_each_left_out(counts)[:, None, None], 1, 0)
    statistics: dict[str, Array] = {
        "variance of x": square - x**2,
        "mean of y over mean of x": y / x,
        "mean of x, cubed": x**3,
    }
    return {name: np.stack(jackknife(values, counts)) for name, values in statistics.items()}


@SUBJECT.claim(
    "The jackknife finds the error of nonlinear statistics of N samples, and takes their bias of order 1/N away: "
    "Var(s²) = 2σ⁴/N;  Var(ȳ/x̄) = (σ_y² + r²σ_x² − 2rρσ_xσ_y)/(N x̄²), r = ȳ/x̄;  Var(x̄³) = 9 x̄⁴ σ²/N.",
    route="pairs of normal numbers from NumPy, in 20 groups of three sizes: 6 000 repeats of 1 000 pairs for the "
    "errors, 60 000 of 40 pairs for the bias",
    referee="closed forms for normal numbers",
    source="Casella and Berger, Statistical Inference, Sec. 5.5.4 (delta method)",
    control="squared errors larger by 20/19, those of a jackknife without its factor 19/20; a scatter 25 % larger in "
    "its square; the bias left in",
)
def jackknife_of_known_statistics() -> Iterator[Comparison]:
    """Mean of the squared errors, scatter of the values, and mean of the values."""
    sizes = np.resize([60, 50, 40], GROUPS)
    count, repeats = int(sizes.sum()), 6000
    ratio = Y / X
    cross = TIE * SPREAD_X * SPREAD_Y
    spread = {
        "variance of x": 2 * SPREAD_X**4 / count,
        "mean of y over mean of x": (SPREAD_Y**2 + ratio**2 * SPREAD_X**2 - 2 * ratio * cross) / (count * X**2),
        "mean of x, cubed": 9 * X**4 * SPREAD_X**2 / count,
    }
    truth = {"variance of x": SPREAD_X**2, "mean of y over mean of x": ratio, "mean of x, cubed": X**3}
    for name, (values, errors) in _drawn(repeats, sizes, 1).items():
        for quantity, squares in (("stated error", errors**2), ("scatter", (values - truth[name]) ** 2)):
            yield from compare(
                f"{quantity} squared, {name}",
                squares.mean(),
                spread[name],
                error=squares.std() / np.sqrt(repeats),
                # Terms of higher order in 1/N.
                known=4 / count * spread[name],
                wrong=spread[name] * (20 / 19 if quantity == "stated error" else 1.25),
            )
    few, many = np.resize([3, 2, 1], GROUPS), 60_000
    n = few.sum()
    bias = {
        "variance of x": -(SPREAD_X**2) / n,
        "mean of y over mean of x": (ratio * SPREAD_X**2 - cross) / (X**2 * n),
        "mean of x, cubed": 3 * X * SPREAD_X**2 / n,
    }
    for name, (values, _) in _drawn(many, few, 2).items():
        error = values.std() / np.sqrt(many)
        # The bias of order 1/N² is below 10⁻⁴ here.
        expected = truth[name]
        wrong = expected + bias[name]
        yield from compare(f"{name}, mean of repeats", values.mean(), expected, error=error, wrong=wrong)


Z = ("mean_field", "photon_number", "pair_amplitude")


def _repeats(count: int, trajectories: int, times: Array, first: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Deviations from the exact values and stated errors of real and imaginary parts, [repeat, component]."""
    exact = two.exact(times).values()
    deviations: dict[str, list[Array]] = {name: [] for name in Z}
    errors: dict[str, list[Array]] = {name: [] for name in Z}
    for seed in range(first, first + count):
        run = qb.simulate(two.declared(), times, qb.TruncatedWigner(trajectories, step=0.05, rng=seed))
        for name in Z:
            parts = [run[name].values - exact[name], run[f"{name}_stderr"].values]
            deviation, error = (np.stack([each.real, each.imag]) if np.iscomplexobj(each) else each for each in parts)
            if name == "photon_number":
                deviation, error = (each[:1] if each.ndim == 3 else each for each in (deviation, error))
            deviations[name].append(deviation.ravel())
            errors[name].append(error.ravel())
    return {name: np.array(deviations[name]) for name in Z}, {name: np.array(errors[name]) for name in Z}


@SUBJECT.claim(
    "Error bars have the right size, σ² = Var(n)/N, for N = 2 560 and 10 240, values are not off to one side, and the "
    "truth is held as often as Student's t with 19 degrees of freedom says: ⟨(deviation/σ)²⟩ = 19/17, and 95 % within "
    "2.093 σ.",
    route="120 independent runs of 2 560 trajectories and 40 of 10 240 of two coupled linear modes (truncated Wigner, "
    "exact there), three times",
    referee="exact Gaussian state of the modes: dV/dt = MV + VMᵀ + D; variance of one trajectory "
    "⟨n²⟩ − ⟨n⟩² = 2 Tr V² + 4 r̄ᵀVr̄",
    source="Gardiner, Handbook of Stochastic Methods, Sec. 4.4.6",
    control="error bars too small: by 15 % for 2 560 trajectories and for ⟨(deviation/σ)²⟩, by 30 % for 10 240, by "
    "20 % for the share of the intervals; values off by half a standard error",
)
def error_bars_have_the_right_size() -> Iterator[Comparison]:
    """Stated errors against exact ones, and deviations against stated errors."""
    times = np.array([0.25, 0.9, 2.4])
    variances = two.exact(times).variances()["photon_number"].ravel()
    for count, size, seed in ((120, 2560, 1000), (40, 10_240, 5000)):
        deviations, errors = _repeats(count, size, times, seed)
        squares = errors["photon_number"] ** 2 * size / variances
        yield from _of_repeats(f"σ² N/Var(n), {size:,} trajectories", squares, 1.0, 0.85**2 if count > 100 else 0.7**2)
        if count < 100:
            continue
        z = np.concatenate([deviations[name] / errors[name] for name in Z], axis=1)
        # Of t: E t² = ν/(ν − 2).  Errors that are too small make it larger.
        yield from _of_repeats("⟨(deviation/σ)²⟩ of 30 values", z**2, 19 / 17, 19 / 17 / 0.85**2)
        covered = np.abs(z) <= LEVEL
        reduced = 2 * student.cdf(0.8 * LEVEL, 19) - 1
        yield from _of_repeats("share of the 95 % intervals that hold the truth", covered, 0.95, reduced)
        yield from _of_repeats("⟨deviation/σ⟩ of 30 values", z, 0.0, 0.5)


def _of_repeats(name: str, values: NDArray[np.generic], expected: float, wrong: float) -> Iterator[Comparison]:
    """Mean over components and repeats; only repeats are independent."""
    each = values.astype(float).mean(axis=1)
    error = each.std(ddof=1) / np.sqrt(len(each))
    yield from compare(name, each.mean(), expected, error=error, wrong=wrong)


@SUBJECT.claim(
    "The step error that a run states is the change that steps of twice the length make on the same random numbers, "
    "and it covers the error of the scheme.",
    route="two coupled linear modes (truncated Wigner, Heun's scheme, 12 runs of 2 560 trajectories), steps of "
    "0.2 and 0.4; single trajectories in both",
    referee="Heun's scheme for a linear system as a matrix, r → (1 + hM + h²M²/2) r + …, applied to mean and "
    "covariance; the exact solution",
    source="Kloeden and Platen, Sec. 11.1; the propagation of a Gaussian under an affine map",
    control="steps of twice the length with random numbers of their own; for the noise of a doubled step, one with "
    "half of its variance, and one that shares half of its numbers with the two steps",
)
def stated_step_errors() -> Iterator[Comparison]:
    """⟨a⟩ of both modes, against the recursion; the numbers of a doubled step."""
    times, step, count = np.array([0.8, 1.6, 3.2]), 0.2, 2560
    at = np.rint(times / step).astype(int)
    fine, coarse = two.by_heun(step, at[-1]).mean[at], two.by_heun(2 * step, at[-1] // 2).mean[at // 2]
    scatter = np.sqrt(two.spread_of_doubled_steps(step, at[-1] // 2)[at // 2] / count)
    alone = np.sqrt(2 * two.exact(times).covariance.diagonal(0, 1, 2) / count)

    def parts(values: NDArray[np.complex128]) -> Array:
        return np.stack([values.real, values.imag], axis=-1).reshape(len(times), 4)

    runs = [qb.simulate(two.declared(), times, qb.TruncatedWigner(count, step=step, rng=seed)) for seed in range(12)]
    stated = np.mean([parts(run.mean_field_step_error.values) for run in runs], axis=0)
    # What is stated: |shift| of a normal number, plus its standard error, which is known to one part in √(2·19).
    expected, unpaired = (_mean_of_modulus(coarse - fine, each) + each for each in (scatter, alone))
    error = scatter * np.sqrt((1 + 1 / 38) / len(runs))
    labels = tuple(f"{part} at t = {t:g}" for t in times for part in ("Re⟨a⟩", "Im⟨a⟩", "Re⟨b⟩", "Im⟨b⟩"))
    yield from compare(
        "stated error of the step",
        stated.ravel(),
        expected.ravel(),
        error=error.ravel(),
        wrong=unpaired.ravel(),
        labels=labels,
    )
    true = np.abs(fine - two.exact(times).mean)
    short = np.maximum(true - stated, 0)
    yield from compare("error of the step beyond the stated one", short.ravel(), 0 * true.ravel(), labels=labels)
    yield from _numbers_of_doubled_steps()


def _mean_of_modulus(mean: Array, spread: Array) -> Array:
    """⟨|x|⟩ of a normal number."""
    z = mean / (np.sqrt(2) * spread)
    return np.asarray(np.sqrt(2 / np.pi) * spread * np.exp(-(z**2)) + mean * erf(z))


def _numbers_of_doubled_steps() -> Iterator[Comparison]:
    """The noise of a doubled step is the sum of the noises of the two steps that it stands for."""
    step, pairs = 0.04, 12
    times = 2 * step * np.arange(pairs + 1, dtype=np.float64)
    made = program(times, step, companion=True)
    fine, coarse = paths_of_both_resolutions(made, 256, Address(6))
    grow, shake = two.heun_maps(step)
    wide, far = two.heun_maps(2 * step)
    # Fine: r₂ = G(G r + B ξ₁) + B ξ₂; coarse: r₂ = G' r + B'(ξ₁ + ξ₂); G and B as in `heun_maps`.
    change = fine[1:] - grow @ grow @ fine[:-1] - step * ((grow @ shake + shake) @ two.F)[:, None]
    both = np.linalg.solve(shake, change)
    doubled = np.linalg.solve(far, coarse[1:] - wide @ coarse[:-1]) - 2 * step * two.F[:, None]
    strength = 2 * step * np.diag(two.D)
    found = [(doubled * each).mean(axis=(0, 2)) / strength for each in (doubled, both)]
    # B⁻¹(G B ξ₁ + B ξ₂) is ξ₁ + ξ₂ and B⁻¹(G − 1)B ξ₁ = (G − 1)ξ₁, as G and B are polynomials in M.
    expected = 1 + np.diag(grow - np.eye(4)) / 2
    labels = ("Re α", "Im α", "Re β", "Im β")
    error = np.sqrt(2 / (doubled.shape[-1] * pairs))
    yield from compare(
        "variance of the noise of a doubled step, over 2h", found[0], np.ones(4), error=error, wrong=0.5, labels=labels
    )
    title = "covariance with the two steps that it stands for, over 2h"
    yield from compare(title, found[1], expected, error=error, wrong=expected / 2, labels=labels)


@SUBJECT.claim(
    "A run with a target for its standard error stops when it is reached, and is then the run of that size.",
    route="two coupled linear modes (truncated Wigner) with a target of 0.0035 quanta",
    referee="a run of the size at which it stopped, with the same seed",
    source="Chow and Robbins, Ann. Math. Stat. 36, 457 (1965): stopping at a confidence interval of given width",
    control="the trajectories of the last doubling left out",
)
def a_target_for_the_error_is_reached() -> Iterator[Comparison]:
    """Size, values and errors."""
    times, target = np.array([0.3, 1.1]), 0.0035
    run = qb.simulate(two.declared(), times, qb.TruncatedWigner(target_stderr=target, rng=9))
    count = int(run.attrs["trajectories"])
    stated = run.photon_number_stderr.values[:, 0]
    yield from compare("largest error beyond the target", max(float(stated.max()) - target, 0.0), 0.0)
    step = float(run.attrs["step"])
    whole, half = (
        qb.simulate(two.declared(), times, qb.TruncatedWigner(size, step=step, rng=9)) for size in (count, count // 2)
    )
    for name, title in (("photon_number", "n̄"), ("photon_number_stderr", "error bar of n̄")):
        values = [each[name].values.ravel() for each in (run, whole, half)]
        yield from compare(title, values[0], values[1], known=1e-13, wrong=values[2])
