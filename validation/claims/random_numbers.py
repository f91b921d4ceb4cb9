"""The random numbers that trajectories take: their distribution, and that none knows of another."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb import kernel_cache
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.kernels.generate import numbers_source
from phasespace_qb.phase_space.noise import Address, Purpose, lane_generators
from validation.evidence import Comparison, Subject, compare
from validation.references import two_linear_modes as two
from validation.routes.single_trajectories import numbers_of, paths, program, starting_numbers

SUBJECT = Subject("Random numbers")
Array = NDArray[np.float64]

STEP, STEPS = 0.04, 60
MOMENTS = {1: 0.0, 2: 1.0, 3: 0.0, 4: 3.0, 5: 0.0, 6: 15.0, 8: 105.0, 10: 945.0, 12: 10395.0}
NOISES = ("Re α", "Im α", "Re β", "Im β")


def _paths(count: int, seed: int = 2024, steps: int = STEPS, **address: Any) -> Array:
    times: Array = STEP * np.arange(steps + 1.0)
    block = 2048
    return paths(program(times, STEP), count, Address(seed, **address), block=block)


def _moments(name: str, numbers: Array, powers: tuple[int, ...] = (1, 2, 3, 4, 6)) -> Iterator[Comparison]:
    x = numbers.ravel()
    expected = np.array([MOMENTS[k] for k in powers])
    error = np.sqrt([(MOMENTS[2 * k] - MOMENTS[k] ** 2) / x.size for k in powers])
    yield from compare(
        name,
        [float(np.mean(x**k)) for k in powers],
        expected,
        error=error,
        wrong=expected * 1.02 ** np.array(powers),
        axis=powers,
        axis_name="power k in ⟨ξ^k⟩",
    )


@SUBJECT.claim(
    "The noises of a trajectory are normal random numbers: ⟨ξ⟩ = 0, ⟨ξ²⟩ = 1, ⟨ξ³⟩ = 0, ⟨ξ⁴⟩ = 3, ⟨ξ⁶⟩ = 15.",
    route="4 096 trajectories of two coupled linear modes (truncated Wigner, Heun's scheme), saved after each of 60 "
    "steps; the noises are solved for from the increments",
    referee="moments of the normal distribution",
    source="Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, Sec. 1.3",
    control="noises 2 % too large",
)
def normal_random_numbers() -> Iterator[Comparison]:
    """Of each noise, of the first and the last steps, and of the fluctuations of the start."""
    samples = _paths(4096)
    numbers = numbers_of(samples, STEP)
    for index, name in enumerate(NOISES):
        yield from _moments(f"moments of the noise of {name}", numbers[:, index])
    yield from _moments("moments of all noises of the first 20 steps", numbers[:20])
    yield from _moments("moments of all noises of the last 20 steps", numbers[-20:])
    many = starting_numbers(_paths(65_536, steps=1))
    yield from _moments("moments of the vacuum fluctuations of the start", many, (1, 2, 3, 4))


@SUBJECT.claim(
    "No random number knows of another: numbers of different variables, steps, trajectories, blocks, runs, seeds and "
    "points of a sweep are uncorrelated, ⟨ξη⟩ = 0, and so are their sizes, ⟨ξ²η²⟩ = 1.",
    route="noises solved for from the increments of trajectories of two coupled linear modes, in blocks of 2 048",
    referee="independent normal numbers",
    source="definition of independent increments; Gardiner, Handbook of Stochastic Methods, Sec. 3.8",
    control="one number in 25 is used twice",
)
def independent_random_numbers() -> Iterator[Comparison]:
    """Correlation and correlation of squares for every way in which two numbers might be one."""
    samples = _paths(4096)
    x = numbers_of(samples, STEP)
    few = x[:, :, :2048]
    others = {
        "two seeds": _paths(2048, seed=2025),
        "a run and its pilot": _paths(2048, pilot=True),
        "a run and a point of a sweep": _paths(2048, point=(0,)),
    }
    points = [numbers_of(_paths(2048, point=point), STEP) for point in ((1,), (2,))]
    pairs = {
        "Re α and Im α": (x[:, 0], x[:, 1]),
        "Re β and Im β": (x[:, 2], x[:, 3]),
        "Re α and Re β": (x[:, 0], x[:, 2]),
        "Im α and Im β": (x[:, 1], x[:, 3]),
        "Im α and Re β": (x[:, 1], x[:, 2]),
        "Re α and Im β": (x[:, 0], x[:, 3]),
        "a step and the next": (x[:-1], x[1:]),
        "a step and the next but one": (x[:-2], x[2:]),
        "a trajectory and the next": (x[..., :-1], x[..., 1:]),
        "trajectories 64 apart": (x[..., :-64], x[..., 64:]),
        "trajectories 128 apart": (x[..., :-128], x[..., 128:]),
        "trajectories 1 024 apart": (x[..., :-1024], x[..., 1024:]),
        "two blocks": (few, x[:, :, 2048:]),
        **{name: (few, numbers_of(other, STEP)) for name, other in others.items()},
        "two points of a sweep": (points[0], points[1]),
    }
    found, sizes, counts = [], [], []
    for one, other in pairs.values():
        found.append(float(np.mean(one * other)))
        sizes.append(float(np.mean(one**2 * other**2)))
        counts.append(one.size)
    share = 1 / 25
    n = np.array(counts)
    labels = tuple(pairs)
    yield from compare(
        "correlation of two random numbers", found, np.zeros(len(n)), error=n**-0.5, wrong=share, labels=labels
    )
    yield from compare(
        "⟨ξ²η²⟩ of two random numbers", sizes, np.ones(len(n)), error=np.sqrt(8 / n), wrong=1 + 2 * share, labels=labels
    )
    first = _paths(65_536, steps=1)
    start, then = starting_numbers(first), numbers_of(first, STEP)[0]
    of_start = {
        "Re α and Im α at the start": start[0] * start[1],
        "Re α and Re β at the start": start[0] * start[2],
        "the start and the first step": start * then,
        "starts of two blocks": start[:, :-2048] * start[:, 2048:],
        "starts of neighbours": start[:, :-1] * start[:, 1:],
    }
    products = [float(np.mean(each)) for each in of_start.values()]
    error = [each.size**-0.5 for each in of_start.values()]
    yield from compare(
        "correlation of the starting fluctuations",
        products,
        np.zeros(len(products)),
        error=error,
        wrong=share,
        labels=tuple(of_start),
    )


@SUBJECT.claim(
    "The discrete noise takes ± √(1 + √6) with the chances ⅛ and ± √(1 − √⅔) with ⅜, which are normal up to the fifth "
    "moment; uniform numbers fill (0, 1) evenly.",
    route="the compiled functions that draw the numbers of a step, 1 500 steps of 128 trajectories with four noises",
    referee="closed form",
    source="the four moments 0, 1, 0, 3 of a symmetric law on four points with chances ⅛ and ⅜; Kloeden and Platen, "
    "Sec. 14.2, for weak schemes",
    control="one of the outer points 5 % too near; points taken with chances 1:2:2:1 instead of 1:3:3:1; moments of "
    "numbers 2 % too large; uniform numbers from 0 to 0.98; one number in 25 used twice",
)
def discrete_and_uniform_random_numbers() -> Iterator[Comparison]:
    """Points, how often each is taken, moments, and correlations."""
    x = _drawn(qb.Noise.FOUR_POINT)
    far, near = np.sqrt(1 + np.sqrt(6)), np.sqrt(1 - np.sqrt(2 / 3))
    points = np.array([-far, -near, near, far])
    # Single precision.
    yield from compare(
        "points of the discrete noise", np.unique(x), points, known=2e-7, wrong=[-far, -near, near, far * 0.95]
    )
    shares = np.array([1, 3, 3, 1]) / 8
    found = [float(np.mean(np.abs(x - point) < 1e-3)) for point in points]
    error = np.sqrt(shares * (1 - shares) / x.size)
    yield from compare(
        "share of each point",
        found,
        shares,
        error=error,
        wrong=np.array([1, 2, 2, 1]) / 6,
        labels=("−far", "−near", "near", "far"),
    )
    yield from _moments("moments of the discrete noise", x, (1, 2, 3, 4))
    u = _drawn(qb.Noise.UNIFORM)
    powers = np.arange(1, 5)
    error = np.sqrt((1 / (2 * powers + 1) - 1 / (powers + 1) ** 2) / u.size)
    moments = [float(np.mean(u**k)) for k in powers]
    yield from compare(
        "moments of the uniform numbers",
        moments,
        1 / (powers + 1),
        error=error,
        wrong=0.98**powers / (powers + 1),
        axis=powers,
        axis_name="power k in ⟨u^k⟩",
    )
    outside = [float(u.min() <= 0), float(u.max() >= 1)]
    yield from compare("whether any reaches 0, or 1", outside, [0.0, 0.0], labels=("0", "1"))
    for name, numbers in (("discrete", x), ("uniform", (u - 0.5) * np.sqrt(12))):
        pairs = [
            numbers[:, 0] * numbers[:, 1],
            numbers[:, 0] * numbers[:, 2],
            numbers[1:] * numbers[:-1],
            numbers[..., 1:] * numbers[..., :-1],
            numbers[..., 64:] * numbers[..., :-64],
        ]
        yield from compare(
            f"correlation of two {name} numbers",
            [float(each.mean()) for each in pairs],
            np.zeros(len(pairs)),
            error=[each.size**-0.5 for each in pairs],
            wrong=1 / 25,
            labels=("of a pair", "of two pairs", "of two steps", "of neighbours", "of trajectories 64 apart"),
        )


def _drawn(noise: qb.Noise, steps: int = 1500) -> Array:
    """Numbers of four noises of one tile, [step, noise, trajectory]."""
    draw = kernel_cache.load(numbers_source(noise)).draw
    state = lane_generators(Address(7).stream(0, Purpose.LANES), TILE)
    drawn = np.empty((steps, 4 * TILE), np.float32)
    for row in drawn:
        draw(state, row, 2)
    return drawn.reshape(steps, 4, TILE).astype(np.float64)


@SUBJECT.claim(
    "A seed fixes every number of a run; another seed gives other numbers.",
    route="two runs of two coupled linear modes with one seed, and one with another, 3 000 trajectories",
    referee="the same run",
    source="the promise of every Monte Carlo program that its results can be repeated",
    control="the other seed",
)
def a_seed_fixes_all_numbers() -> Iterator[Comparison]:
    """Bits of n̄, ⟨a²⟩ and their errors; a generator or a sequence of NumPy fixes them as well."""
    times = np.array([0.4, 1.1])

    def values(rng: int | np.random.Generator | np.random.SeedSequence) -> Array:
        run = qb.simulate(two.declared(), times, qb.TruncatedWigner(3000, rng=rng))
        return np.concatenate([run[name].values.ravel() for name in ("photon_number", "photon_number_stderr")])

    first, other = values(11), values(12)
    yield from compare("n̄ and its error, run again with the same seed", values(11), first, wrong=other)
    drawn = [values(np.random.default_rng(5)) for _ in range(2)]
    yield from compare("n̄ and its error, from equal NumPy generators", drawn[0], drawn[1], wrong=first)
    spread = [values(np.random.SeedSequence(5)) for _ in range(2)]
    yield from compare("n̄ and its error, from equal NumPy seed sequences", spread[0], spread[1], wrong=drawn[0])
