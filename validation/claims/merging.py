"""How trajectories become a result: blocks, groups, means, error bars, save times."""

import pickle
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.noise import Address
from validation.evidence import Comparison, Subject, compare, compare_variable
from validation.references import two_linear_modes as two
from validation.routes.single_trajectories import paths, program

SUBJECT = Subject("From trajectories to results")
Array = NDArray[np.float64]


class _Delayed(Future[Any]):
    """A result that is computed, in random order with all that wait, when it is asked for."""

    def __init__(self, owner: "_Shuffled") -> None:
        super().__init__()
        self._owner = owner

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self._owner.run_all()
        return super().result(timeout)


class _Shuffled(Executor):
    """Runs blocks in random order, each after a journey of its arguments and its result through bytes."""

    def __init__(self, seed: int) -> None:
        self._waiting: list[tuple[_Delayed, bytes]] = []
        self._random = random.Random(seed)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = _Delayed(self)
        self._waiting.append((future, pickle.dumps((fn, args, kwargs))))
        return future

    def run_all(self) -> None:
        """Everything that waits."""
        self._random.shuffle(self._waiting)
        while self._waiting:
            future, sent = self._waiting.pop()
            fn, args, kwargs = pickle.loads(sent)
            future.set_result(pickle.loads(pickle.dumps(fn(*args, **kwargs))))


PRINTED = ("photon_number", "pair_amplitude", "ergotropy", "passive_energy", "quadrature_covariance", "pair_number")


def _numbers(run: xr.Dataset) -> Array:
    """Values, standard errors and step errors; NaN would agree with nothing."""
    names = [name + suffix for name in PRINTED for suffix in ("", "_stderr", "_step_error")]
    return np.concatenate([run[name].values.ravel().view(np.float64) for name in names])


@SUBJECT.claim(
    "A result does not depend on how the work is spread: one thread, several, or workers that receive blocks as bytes "
    "and return them in any order give the same bits.",
    route="the battery (positive-P, 8 000 trajectories in 63 blocks) with different executors; sums over 90 blocks of "
    "two coupled linear modes (truncated Wigner)",
    referee="a run on one thread; blocks computed one by one and added here in the order of their numbers",
    source="addition in floating point is not associative: Goldberg, ACM Computing Surveys 23, 5 (1991)",
    control="another seed; for the sums, blocks are added in an order of chance",
)
def same_bits_for_any_workers() -> Iterator[Comparison]:
    """All numbers of a run, and the sums of blocks in two orders."""
    battery, times, method = qb.DopoBattery(2.2), np.array([0.7, 2.0]), qb.PositiveP(8000, rng=3)
    with ThreadPoolExecutor(1) as one:
        expected = _numbers(qb.simulate(battery, times, method, one))
    other = _numbers(qb.simulate(battery, times, replace(method, rng=4)))
    with ThreadPoolExecutor(5) as five:
        found = {"five threads": _numbers(qb.simulate(battery, times, method, five))}
    found["no executor given"] = _numbers(qb.simulate(battery, times, method))
    for seed in (1, 2):
        run = qb.simulate(battery, times, method, _Shuffled(seed))
        found[f"blocks sent as bytes and computed in the order of chance no. {seed}"] = _numbers(run)
    for how, numbers in found.items():
        yield from compare(f"all numbers of a run, {how}", numbers, expected, wrong=other)
    blocks, size, last = 90, 128, 50
    made, moments = program(times, 0.05), Moments(2, ((0, ~0), (1, ~1), (0,)))
    (sums,) = ensemble.run(made, [moments], size * (blocks - 1) + last, Address(8), block=size)
    each = [
        ensemble.run_block(made, [moments], Address(8), k, k * size, last if k == blocks - 1 else size)[0]
        for k in range(blocks)
    ]
    in_order, by_chance = (
        _dealt(each, order) for order in (range(blocks), np.random.default_rng(1).permutation(blocks))
    )
    yield from compare("sums of 90 blocks in 20 groups", sums.ravel(), in_order.ravel(), wrong=by_chance.ravel())


def _dealt(blocks: list[Array], order: Any) -> Array:
    """Blocks dealt to 20 groups and added in the given order, [group, …]."""
    total = np.zeros((20, *blocks[0].shape))
    for index in order:
        total[index % 20] += blocks[index]
    return total


@SUBJECT.claim(
    "A run is the plain average over its trajectories, and its error bar the jackknife over 20 groups of blocks: "
    "x̄ = Σ x/N,  σ² = (1/G) Σ_j (x̄_j − x̄)²/(N/m_j − 1) with the means x̄_j of groups of m_j trajectories.",
    route="two coupled linear modes (truncated Wigner), 3 000 trajectories in 24 blocks, the last one not full",
    referee="averages over the 3 000 single trajectories; for variances every group left out in turn",
    source="Busing, Meijer and van der Leeden, Statistics and Computing 9, 3 (1999)",
    control="the last block, of 56, counted as a full one of 128; for error bars of averages, the groups taken as "
    "equal; for the covariance, the average over all trajectories with its bias; for its error bar, one smaller by "
    "√(19/20)",
)
def merged_blocks_are_plain_averages() -> Iterator[Comparison]:
    """Values and errors, trajectory by trajectory."""
    count, size, seed, step = 3000, 128, 5, 0.05
    times = np.array([0.0, 0.35, 1.4])
    run = qb.simulate(two.declared(), times, qb.TruncatedWigner(count, step=step, rng=seed))
    kept = paths(program(times, step, companion=True), count, Address(seed))
    alpha = kept[:, ::2] + 1j * kept[:, 1::2]
    group = np.arange(count) // size % 20
    sizes = np.bincount(group).astype(float)
    yield from compare("number of different trajectories", len(np.unique(kept[-1, 0])), count, wrong=24 * size)
    samples = {"photon_number": np.abs(alpha) ** 2 - 0.5, "mean_field": alpha, "pair_amplitude": alpha**2}
    last = np.where(np.arange(count) >= 23 * size, size / 56, 1.0)
    for name, each in samples.items():
        title = {"photon_number": "n̄", "mean_field": "⟨a⟩", "pair_amplitude": "⟨a²⟩"}[name]
        mean, weighted = each.mean(axis=-1), (each * last).sum(axis=-1) / last.sum()
        # Sums of 3 000 numbers in another order.
        known = 1e-12 * np.abs(each).max()
        yield from compare(
            f"{title} of both modes at three times",
            run[name].values.ravel(),
            mean.ravel(),
            known=known,
            wrong=weighted.ravel(),
        )
        stated = run[f"{name}_stderr"].values
        parts = (("Re ", np.real), ("Im ", np.imag)) if np.iscomplexobj(each) else (("", np.real),)
        for prefix, part in parts:
            expected, equal = (_error(part(each), group, of).ravel() for of in (sizes, np.full(20, count / 20)))
            yield from compare(
                f"error bar of {prefix}{title}", part(stated).ravel(), expected, known=1e-10, wrong=equal
            )
    x = np.sqrt(2) * kept[:, :2]
    value, uncertainty = _covariance(x, group, sizes)
    plain = np.stack([np.cov(each, ddof=0) for each in x])
    yield from compare(
        "quadrature covariance, bias corrected",
        run.quadrature_covariance.values.ravel(),
        value.ravel(),
        known=1e-12,
        wrong=plain.ravel(),
    )
    yield from compare(
        "error bar of the quadrature covariance",
        run.quadrature_covariance_stderr.values.ravel(),
        uncertainty.ravel(),
        known=1e-11,
        wrong=np.sqrt(19 / 20) * uncertainty.ravel(),
    )


def _error(samples: Array, group: NDArray[np.int64], sizes: Array) -> Array:
    """σ of the mean from the means of the groups; samples (..., N)."""
    mean = samples.mean(axis=-1)
    means = np.stack([samples[..., group == j].mean(axis=-1) for j in range(20)])
    ratio = (sizes.sum() / sizes).reshape(-1, *[1] * mean.ndim)
    return np.asarray(np.sqrt(((means - mean) ** 2 / (ratio - 1)).mean(axis=0)))


def _covariance(x: Array, group: NDArray[np.int64], sizes: Array) -> tuple[Array, Array]:
    """Covariance over the last axis and its error by leaving each group out, x (T, 2, N)."""
    whole = np.stack([np.cov(each, ddof=0) for each in x])
    without = [np.stack([np.cov(each[:, group != j], ddof=0) for each in x]) for j in range(20)]
    shares = sizes / sizes.sum()
    value = 20 * whole - sum((1 - share) * each for share, each in zip(shares, without, strict=True))
    pseudo = [whole / share - (1 / share - 1) * each for share, each in zip(shares, without, strict=True)]
    parts = [(each - value) ** 2 / (1 / share - 1) for share, each in zip(shares, pseudo, strict=True)]
    return value, np.sqrt(np.mean(parts, axis=0))


@SUBJECT.claim(
    "Values are those of exactly the times asked for, the first at t = 0 and however they are spaced, and a drive that "
    "is switched off inside the run ends at its instant: n̄_s = |α₀|² e^(−γ_s t), "
    "⟨a_p⟩ = (2F/√γ_p)(1 − e^(−γ_p min(t, t₁)/2)) e^(−γ_p max(t − t₁, 0)/2).",
    route="the battery's equations (positive-P) with κ = 10⁻¹⁴, where nothing fluctuates, steps of 0.002/γ_s",
    referee="closed form",
    source="Gardiner and Zoller, Quantum Noise, Sec. 5.3 (classical driven and damped modes)",
    control="one step of 0.002/γ_s late",
)
def values_are_those_of_the_times_asked_for() -> Iterator[Comparison]:
    """n̄ and ⟨a⟩ of a free mode and ⟨a⟩ of a driven one, at times close by and far apart, and at the switch."""
    force, damping, off, step, start = 1.7, 3.0, 1.3, 0.002, 2.0
    system = qb.DopoBattery(force, kappa=1e-14, gamma_p=damping).switched_off(off).system()
    signal, _ = qb.modes("signal", "pump")
    times = np.array([0.0, 0.0007, 0.11, 0.1113, 0.9, 1.3, 1.31, 1.9, 2.77])
    run = qb.simulate(replace(system, start={signal: start}), times, qb.PositiveP(2560, step=step, rng=1))

    def pump(t: Array) -> Array:
        full = 2 * force / np.sqrt(damping)
        decay = np.exp(-damping / 2 * np.maximum(t - off, 0))
        return np.asarray(full * -np.expm1(-damping / 2 * np.clip(t, 0, off)) * decay)

    late = times + step
    # Noise of 10⁻⁷ at most, from √κ.
    for name, mode, value, wrong in (
        ("photon_number", "signal", start**2 * np.exp(-times), start**2 * np.exp(-late)),
        ("mean_field", "signal", start * np.exp(-times / 2), start * np.exp(-late / 2)),
        ("mean_field", "pump", pump(times), pump(late)),
    ):
        title = {"photon_number": "n̄", "mean_field": "⟨a⟩"}[name] + f" of the {mode}"
        yield from compare_variable(
            run, name, value.astype(run[name].dtype), mode=mode, quantity=title, wrong=wrong, known=1e-8
        )
    yield from compare("save times of the result", run.time.values, times, wrong=late, unit="1/γ_s")


COMPONENTS = ("photon_number", "mean_field", "pair_amplitude")


def _real_numbers(run: xr.Dataset | dict[str, Any], suffix: str = "") -> Array:
    """n̄, and real and imaginary parts of ⟨a⟩ and ⟨a²⟩, of both modes, [point, component]."""
    columns = []
    for name in COMPONENTS:
        values = np.asarray(run[name + suffix]).reshape(-1, 2)
        columns += [values.real, values.imag] if np.iscomplexobj(values) else [values]
    return np.concatenate(columns, axis=1)


@SUBJECT.claim(
    "Points of a sweep have random numbers of their own: neighbours, and any two points, have errors without "
    "correlation, and these are as large as is stated, ⟨(deviation/σ)²⟩ = 19/17 and σ² = Var(n)/N (an error bar 30 % "
    "off would be seen); with common random numbers, each point is the single run at its parameters.",
    route="a sweep of 60 systems of two coupled linear modes (truncated Wigner, exact there, 2 560 trajectories each) "
    "whose drives differ by 10⁻⁶; n̄, ⟨a⟩ and ⟨a²⟩ of both modes",
    referee="exact Gaussian state of the modes: dV/dt = MV + VMᵀ + D; single runs",
    source="Student's t with 19 degrees of freedom; Gardiner, Handbook of Stochastic Methods, Sec. 4.4.6",
    control="half of the random numbers in common: a correlation of ½; error bars 30 % too small; for common random "
    "numbers, numbers of its own at each point",
)
def points_of_a_sweep_are_independent() -> Iterator[Comparison]:
    """Correlations of errors, their mean square, and common random numbers."""
    count, times = 60, np.array([0.8])
    drives = two.DRIVE.real + 1e-6 * np.arange(count)

    def declare(drive: float) -> qb.OpenSystem:
        return two.declared(drive + 1j * two.DRIVE.imag)

    method = qb.TruncatedWigner(2560, step=0.05, rng=3)
    runs = qb.sweep(declare, {"drive": drives}, times, method)
    exact = _real_numbers(two.exact(times).values())
    z = (_real_numbers(runs) - exact) / _real_numbers(runs, "_stderr")
    # Of t: ⟨t²⟩ = ν/(ν − 2).
    square = 19 / 17
    neighbours = (z[:-1] * z[1:]).mean(axis=1) / square
    error = neighbours.std(ddof=1) / np.sqrt(count - 1)
    yield from compare("correlation of the errors of neighbours", neighbours.mean(), 0.0, error=error, wrong=0.5)
    # Σ_{i≠j} z_i z_j = (Σz)² − Σz², of the variance 2K(K − 1)⟨z²⟩² if one component counts.
    pairs = ((z.sum(axis=0) ** 2 - (z**2).sum(axis=0)) / (count * (count - 1) * square)).mean()
    yield from compare("correlation of the errors of any two points", pairs, 0.0, error=np.sqrt(2) / count, wrong=0.5)
    stated = runs["photon_number_stderr"].values.reshape(-1, 2) ** 2 * 2560
    ratios = (stated / two.exact(times).variances()["photon_number"]).mean(axis=1)
    error = ratios.std(ddof=1) / np.sqrt(count)
    yield from compare("σ² N/Var(n)", ratios.mean(), 1.0, error=error, wrong=0.7**2)
    sizes = (z**2).mean(axis=1)
    error = sizes.std(ddof=1) / np.sqrt(count)
    yield from compare("⟨(deviation/σ)²⟩", sizes.mean(), square, error=error, wrong=square / 0.7**2)
    chosen = drives[::30]
    common = qb.sweep(declare, {"drive": chosen}, times, method, common_random_numbers=True)
    single = np.concatenate([_real_numbers(qb.simulate(declare(drive), times, method)) for drive in chosen])
    own = _real_numbers(runs)[::30]
    yield from compare(
        "n̄, ⟨a⟩ and ⟨a²⟩ with common random numbers",
        _real_numbers(common).ravel(),
        single.ravel(),
        known=1e-14,
        wrong=own.ravel(),
    )
