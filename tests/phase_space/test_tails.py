"""The histogram of the drift and the tail index read from it, against distributions whose tails are known."""

from dataclasses import replace

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.tails import BINS, DriftSizes, carried_by_top, tail_index, tails_of

(a,) = qb.modes("a")
DECAY = WignerRules().equations(qb.OpenSystem(0 * a.dag * a, {a: 2.0}))
"""One variable with the drift −α: the size of the drift is that of the sample."""


def snapshots_of(*variables) -> np.ndarray:
    """[save, variable, part, trajectory] from complex samples [save, trajectory] of each variable."""
    z = np.stack(np.broadcast_arrays(*map(np.asarray, variables)), axis=1).astype(complex)
    return np.ascontiguousarray(np.stack([z.real, z.imag], axis=2))


def histogram(samples, equations: Equations = DECAY, times=None) -> np.ndarray:
    """Sums over samples [save, trajectory] of one variable, in slabs as the ensemble makes them."""
    sizes = DriftSizes(equations, np.arange(len(samples)) if times is None else times)
    sums = sizes.zeros()
    for first in range(0, samples.shape[1], 1024):
        slab = snapshots_of(samples[:, first : first + 1024])
        sizes.observe(sums, 0, slab, first, slab.shape[-1])
    return sums[:, 0]


def pareto(index, shape, seed=1):
    return np.exp(np.random.default_rng(seed).exponential(size=shape) / index)


@pytest.mark.parametrize("index", [0.7, 1.5, 3.0, 8.0])
@pytest.mark.parametrize("share", [0.02, 0.005])
def test_index_of_a_power_law_is_its_power_at_any_depth(index, share):
    counts = DriftSizes.sizes(histogram(pareto(index, (1, 200_000))))
    found, above = tail_index(counts, share)
    # Nearest edge of a bin, an eighth of an octave wide.
    assert above[0] == pytest.approx(share * 200_000, rel=0.06 * index + 0.01)
    assert found[0] == pytest.approx(index, rel=4 / np.sqrt(above[0]) + (index / 40) ** 2)


@pytest.mark.parametrize("freedom", [1.5, 3.0])
def test_index_of_students_t_is_its_degrees_of_freedom(freedom):
    samples = np.random.default_rng(2).standard_t(freedom, size=(1, 400_000))
    counts = DriftSizes.sizes(histogram(samples))
    # The next order of the tail is smaller by 1/x², and x^(-freedom) is the share.
    found, above = tail_index(counts, 0.0005)
    assert found[0] == pytest.approx(freedom, rel=4 / np.sqrt(above[0]) + 2 * 0.0005 ** (2 / freedom) * freedom)


def test_index_of_a_gaussian_rises_with_depth_as_mills_ratio_says():
    from scipy.integrate import quad
    from scipy.stats import norm

    counts = DriftSizes.sizes(histogram(np.random.default_rng(3).normal(size=(1, 500_000))))
    for share in (0.05, 0.005, 0.0005):
        edge = norm.isf(share / 2)
        excess = quad(lambda x, edge=edge: 2 * norm.pdf(x) * np.log(x / edge), edge, np.inf)[0] / share
        found, above = tail_index(counts, share)
        assert found[0] == pytest.approx(1 / excess, rel=4 / np.sqrt(above[0]) + 0.03)


LIGHT = {
    "normal": lambda rng, shape: np.abs(rng.normal(size=shape)),
    "its square": lambda rng, shape: rng.normal(size=shape) ** 2,
    "exponential": lambda rng, shape: rng.exponential(size=shape),
    "far from zero": lambda rng, shape: 30 + rng.normal(size=shape),
    "two places": lambda rng, shape: np.abs(rng.normal(size=shape) + 5 * rng.integers(0, 2, shape)),
    "one number": lambda rng, shape: np.full(shape, 0.3),
    "nothing": lambda rng, shape: np.zeros(shape),
}


@pytest.mark.parametrize("trajectories", [2_560, 10_000, 100_000])
@pytest.mark.parametrize("name", LIGHT)
def test_light_tails_are_not_heavy(name, trajectories):
    samples = LIGHT[name](np.random.default_rng(4), (50 if trajectories < 10**5 else 10, trajectories))
    tails = tails_of(histogram(samples))
    assert (tails.index > 3.0).all()
    assert (tails.carried < 0.05).all()


def test_a_cubed_normal_number_has_a_small_index_that_rises():
    """Index 2.6 in the top 2 %, as for a power law that is doubted; only the trend tells them apart."""
    sums = histogram(np.random.default_rng(5).normal(size=(100, 20_000)) ** 3)
    assert (tail_index(DriftSizes.sizes(sums), 0.02)[0] < 3.0).all()
    assert (tails_of(sums).index < 3.0).mean() < 0.02
    assert (tails_of(histogram(pareto(2.6, (100, 20_000)))).index < 3.0).mean() > 0.95


@pytest.mark.parametrize(("trajectories", "least"), [(2_560, 0.5), (10_000, 0.95), (100_000, 1.0)])
def test_power_laws_are_heavy(trajectories, least):
    tails = tails_of(histogram(pareto(1.5, (40, trajectories))))
    assert (tails.index < 2.0).mean() >= least
    assert tails.shallow == pytest.approx(1.5, rel=0.4)


def test_wild_trajectories_in_a_narrow_crowd_are_seen():
    """Four in a thousand that run away; the crowd itself fills two bins and has no tail."""
    rng = np.random.default_rng(6)
    samples = 30 + rng.normal(size=(20, 10_000))
    assert (tails_of(histogram(samples)).index > 10.0).all()
    samples[:, :40] *= pareto(0.5, (20, 40), seed=7)
    tails = tails_of(histogram(samples))
    seen = tails.index < 3.0
    assert seen.mean() > 0.9
    assert (tails.index < tails.shallow)[seen].all()
    assert (tails.depth[seen] <= 0.005).all()


def test_too_few_trajectories_have_no_index():
    assert np.isinf(tails_of(histogram(pareto(1.0, (10, 900)))).index).all()


def test_merged_parts_are_one_pass():
    samples = pareto(2.0, (3, 4_000))
    sizes = DriftSizes(DECAY, np.arange(3.0))
    whole, parts = sizes.zeros(), [sizes.zeros(), sizes.zeros()]
    sizes.observe(whole, 0, snapshots_of(samples), 0, 4_000)
    for part, half in zip(parts, np.split(samples, 2, axis=1), strict=True):
        for save in range(3):  # snapshots come save by save as well
            sizes.observe(part, save, snapshots_of(half[save : save + 1]), 0, half.shape[1])
    assert np.array_equal(DriftSizes.sizes(sum(parts)), DriftSizes.sizes(whole))
    assert np.allclose(sum(parts), whole, rtol=1e-12)
    assert DriftSizes.sizes(whole).sum(axis=(1, 2)).tolist() == [4_000] * 3


def test_only_the_trajectories_of_the_ensemble_count():
    sizes = DriftSizes(DECAY, np.zeros(1))
    sums = sizes.zeros()
    sizes.observe(sums, 0, snapshots_of(np.ones((1, 256))), 0, 130)
    assert DriftSizes.sizes(sums).sum() == 130
    assert DriftSizes.squares(sums).sum() == 130


def battery_drift(z, pump):
    """The Itô drift of the two-mode battery beside the signal's, typed by hand; κ = 0.5, γ_s = 1, γ_p = 16."""
    s, sp, p, pp = z
    return np.array(
        [
            -0.5 * s + 0.5 * sp * p,
            -0.5 * sp + 0.5 * s * pp,
            -8 * p - 0.25 * s**2 + 4 * pump,
            -8 * pp - 0.25 * sp**2 + 4 * np.conj(pump),
        ]
    )


@pytest.mark.parametrize("members", [[0, 1], [0, 1, 2, 3]], ids=["noise on the signal", "no noise"])
def test_the_drift_is_that_of_the_battery_also_while_the_pump_changes(members):
    rng = np.random.default_rng(8)
    battery = qb.DopoBattery(pump=2.0 + 1.0j).switched_off(1.0)
    equations = PositivePRules().equations(battery.system())
    sizes = DriftSizes(equations if len(members) == 2 else replace(equations, noise=()), np.array([0.5, 1.5]))
    assert sizes.sets == (tuple(members),)  # the noise of the pump does not depend on the state
    z = rng.normal(size=(4, 2, 500)) + 1j * rng.normal(size=(4, 2, 500))
    sums = sizes.zeros()
    sizes.observe(sums, 0, snapshots_of(*z), 0, 500)
    for save, pump in enumerate((2.0 + 1.0j, 0.0)):
        size = np.sqrt((np.abs(battery_drift(z[:, save], pump)[members]) ** 2).sum(axis=0))
        # The unit is 16: the largest coefficient, |√γ_p F_p| = 8.9, rounded up; 32 octaves below it is bin 0.
        place = np.floor(np.log2(size / 16)).astype(int)
        expected = 8 * (place + 32) + np.floor(8 * (size / 16 / 2.0**place - 1)).astype(int)
        assert np.array_equal(DriftSizes.sizes(sums)[save, 0], np.bincount(expected, minlength=BINS))
        squares = np.bincount(expected, (np.abs(z[members, save]) ** 2).sum(axis=0), minlength=BINS)
        assert np.allclose(DriftSizes.squares(sums)[save, 0], squares)
    assert not np.allclose(battery_drift(z[:, 1], 2.0), battery_drift(z[:, 1], 0.0))


def of_modes(count, noisy):
    """Modes of which the first few have multiplicative noise, damped alike."""
    modes = qb.modes(*(f"m{i}" for i in range(count)))
    loss = dict.fromkeys(modes, 2.0) | {mode**2: 0.1 for mode in modes[:noisy]}
    return PositivePRules().equations(qb.OpenSystem(0 * modes[0].dag * modes[0], loss))


@pytest.mark.parametrize(
    ("modes", "noisy", "sets"),
    [
        (2, 0, ((0, 1, 2, 3),)),
        (2, 1, ((0, 1),)),
        (3, 2, ((0, 1), (2, 3))),
        (9, 8, tuple((2 * i, 2 * i + 1) for i in range(8))),
        (10, 9, (tuple(range(18)),)),
    ],
)
def test_every_mode_with_noise_that_depends_on_the_state_has_a_histogram(modes, noisy, sets):
    sizes = DriftSizes(of_modes(modes, noisy), np.zeros(1))
    assert sizes.sets == sets
    assert sizes.zeros().shape == (1, len(sets), 2 * BINS + 2)
    names = ["m0", "m1"][: len(sets)] if modes == 3 else ["m0"] if noisy == 1 else None
    tails = sizes.tails(sizes.zeros())
    assert names is None or [each.of for each in tails] == names
    assert {each.degree for each in tails} == ({3} if noisy else {2})


def test_a_mode_is_judged_beside_a_bright_one_and_wilder_ones():
    rng = np.random.default_rng(10)
    sizes = DriftSizes(of_modes(3, 2), np.zeros(1))
    narrow, wild, bright = 1 + 0.1 * rng.normal(size=(1, 20_000)), pareto(1.5, (1, 20_000)), np.full((1, 20_000), 1e6j)
    sums = sizes.zeros()
    sizes.observe(sums, 0, snapshots_of(narrow, narrow, wild, wild, bright, bright), 0, 20_000)
    first, second = sizes.tails(sums)
    assert first.index[0] > 5.0
    assert second.index[0] < 1.5  # of a drift of third degree
    assert second.outward[0] > 10.0
    assert DriftSizes.not_real(sums)[0] == 20_000
    together = replace(sizes, equations=replace(sizes.equations, noise=()))
    sums = together.zeros()
    together.observe(sums, 0, snapshots_of(narrow, narrow, wild, wild, bright, bright), 0, 20_000)
    assert together.tails(sums)[0].outward[0] < 1.3


def test_conjugates_count_as_such():
    kerr = WignerRules().equations(qb.OpenSystem(0.5 * a.dag**2 * a**2, {a: 2.0}))
    z = np.random.default_rng(9).normal(size=(1, 300, 2)) @ [1, 1j]
    sums = histogram(z, kerr)
    # dα/dt = −i(|α|² − 1)α − α: the ordering of the Hamiltonian shifts the frequency.
    size = np.abs((-1j * (np.abs(z) ** 2 - 1) - 1) * z)
    logarithms = np.log2(np.sort(size[0]))
    bins = np.repeat(np.arange(BINS), DriftSizes.sizes(sums)[0].astype(int)) / 8
    assert np.ptp(bins - logarithms) < 0.3


def test_what_is_not_finite_and_what_is_not_real_is_counted_apart():
    samples = np.array([[1.0, np.nan, np.inf, 1e200, 1e160j, 1.0 + 1e-300j, -2.0, 0.0]])
    sums = histogram(samples)
    assert DriftSizes.not_finite(sums)[0] == 4  # 1e160² is infinite
    assert DriftSizes.sizes(sums).sum() == 4
    assert DriftSizes.not_real(sums[:, None])[0] == 2  # 1e160i and 1 + 1e−300i


def test_nothing_falls_outside():
    sums = histogram(np.array([[1e-300, 0.0, 1e120, 1e150]]))
    assert DriftSizes.sizes(sums)[0, [0, -1]].tolist() == [2, 2]


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e12])
def test_the_unit_of_rates_does_not_matter(unit):
    equations = WignerRules().equations(qb.OpenSystem(0 * a.dag * a, {a: 2.0 * unit}))
    counts = DriftSizes.sizes(histogram(pareto(2.0, (1, 20_000)), equations))
    assert tail_index(counts, 0.01)[0][0] == pytest.approx(2.0, rel=0.3)
    assert counts[0, 0] == counts[0, -1] == 0


def test_what_the_top_carries():
    even = DriftSizes.sizes(histogram(np.ones((1, 10_000))))
    assert carried_by_top(even, 0.001)[0] == pytest.approx(0.001)
    one = np.ones((1, 10_000))
    one[0, 0] = 1e100
    assert carried_by_top(DriftSizes.sizes(histogram(one)), 0.001)[0] == pytest.approx(1.0)
    assert carried_by_top(np.zeros((2, 1024)), 0.001).tolist() == [0.0, 0.0]


def test_memory_does_not_grow_with_the_ensemble():
    assert DriftSizes(DECAY, np.zeros(201)).zeros().nbytes < 4 * 2**20


def test_power_laws_of_a_decay_are_far_out():
    """Where the drift is −α, what drifts most is what is furthest out."""
    assert (tails_of(histogram(pareto(1.5, (4, 20_000)))).outward > 10).all()
    assert tails_of(histogram(np.ones((1, 20_000)))).outward == 0.0  # nothing drifts more than the rest
