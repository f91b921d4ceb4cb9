"""The normal numbers of the kernels: moments, shape, independence; and the addresses they come from."""

import numpy as np
import pytest
from scipy import stats

from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space.integrators import EulerMaruyama
from phasespace_qb.phase_space.noise import Address, Purpose, entropy_of, lane_generators
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from tests.phase_space.paths import ADDRESS, drawn_normals, prepared

MOMENTS = {1: 0, 2: 1, 3: 0, 4: 3, 5: 0, 6: 15}
LARGEST_Z = 4.5


@pytest.fixture(scope="module")
def normals():
    """About 1.3 million numbers of one pair per step; shape (steps, 2, trajectories)."""
    equations = PositivePRules().equations(DopoBattery().system())
    _, _, program = prepared(equations, EulerMaruyama(), [1.0], 1 / 640)
    return drawn_normals(program, 2, 1024)


def z_of_moments(x):
    """Deviation of raw moments 1–6 from those of a standard normal, in their own standard errors."""
    x = x.ravel()
    expected = {k: (MOMENTS | {8: 105, 10: 945, 12: 10395}).get(2 * k) for k in MOMENTS}
    return [(np.mean(x**k) - m) / np.sqrt((expected[k] - m**2) / x.size) for k, m in MOMENTS.items()]


def z_of_correlation(x, y):
    """Deviation of ⟨xy⟩, ⟨x²y²⟩ − 1 and ⟨x²y⟩ from zero for independent standard normals."""
    x, y = x.ravel(), y.ravel()
    root = np.sqrt(x.size)
    return [
        np.mean(x * y) * root,
        (np.mean(x**2 * y**2) - 1) * root / np.sqrt(8),
        np.mean(x**2 * y) * root / np.sqrt(3),
    ]


def pairings(x):
    """Numbers that must not know of one another."""
    return {
        "members of a pair": (x[:, 0], x[:, 1]),
        "successive steps": (x[:-1], x[1:]),
        "steps two apart": (x[:-2], x[2:]),
        "neighbouring lanes": (x[..., :-1], x[..., 1:]),
        "lanes that share words": (x[..., :64], x[..., 64:128]),
        "tiles": (x[..., :128], x[..., 128:256]),
        "pair of the neighbour": (x[:, 0, :-1], x[:, 1, 1:]),
    }


def largest(z):
    """Largest |z|."""
    return float(np.abs(z).max())


def test_moments_one_to_six(normals):
    assert largest(z_of_moments(normals)) < LARGEST_Z
    assert largest(z_of_moments(normals[:, 0])) < LARGEST_Z
    assert largest(z_of_moments(normals[:, 1])) < LARGEST_Z


@pytest.mark.parametrize("planted", [np.sqrt(1.12), np.sqrt(1.02)], ids=["12 % of variance", "2 %"])
def test_a_wrong_variance_is_seen(normals, planted):
    assert largest(z_of_moments(planted * normals)) > 2 * LARGEST_Z - 1


def test_a_wrong_tail_is_seen(normals):
    assert largest(z_of_moments(np.clip(normals, -3.2, 3.2))) > LARGEST_Z


def test_distribution_is_normal(normals):
    sample = normals[:, :, ::7].ravel()
    assert stats.kstest(sample, "norm").pvalue > 1e-3
    assert stats.kstest(np.sqrt(1.12) * sample, "norm").pvalue < 1e-6


def test_extremes_are_those_of_this_many_normals(normals):
    assert 4.3 < np.abs(normals).max() < 6.6


@pytest.mark.parametrize("name", pairings(np.zeros((3, 2, 256))))
def test_numbers_are_independent(normals, name):
    assert largest(z_of_correlation(*pairings(normals)[name])) < LARGEST_Z


@pytest.mark.parametrize("name", ["members of a pair", "successive steps", "neighbouring lanes"])
def test_a_reused_number_is_seen(normals, name):
    x, y = pairings(normals)[name]
    reused = np.where(np.arange(x.shape[-1]) % 50 == 0, x, y)
    assert largest(z_of_correlation(x, reused)) > 2 * LARGEST_Z


def xoshiro(generators, draws):
    """xoshiro256++ in every lane, from its definition; shape (draws, lanes)."""
    s = generators.reshape(4, -1).copy()
    results = np.empty((draws, s.shape[1]), dtype=np.uint64)

    def rotated(x, bits):
        return (x << np.uint64(bits)) | (x >> np.uint64(64 - bits))

    for n in range(draws):
        results[n] = rotated(s[0] + s[3], 23) + s[0]
        t = s[1] << np.uint64(17)
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)
    return results


def test_numbers_are_box_and_muller_of_xoshiro_to_single_precision():
    """The bits of a draw are 256 words; the first 128 give the radii, the others the angles."""
    equations = PositivePRules().equations(DopoBattery().system())
    _, _, program = prepared(equations, EulerMaruyama(), [1.0], 1 / 500)
    ours = drawn_normals(program, 2, 128)
    words = xoshiro(lane_generators(ADDRESS.stream(0, Purpose.LANES), 128), 500).view(np.uint32)
    radius = np.sqrt(-2 * np.log((words[:, :128] >> 1 | 1) / 2**31))
    angle = words[:, 128:].view(np.int32) * (2 * np.pi / 2**32)
    assert np.abs(ours[:, 0] - radius * np.cos(angle)).max() < 5e-6
    assert np.abs(ours[:, 1] - radius * np.sin(angle)).max() < 5e-6


def test_numbers_are_pairs_on_a_circle_of_random_radius(normals):
    radius = np.hypot(normals[:, 0], normals[:, 1]).ravel()
    angle = np.arctan2(normals[:, 1], normals[:, 0]).ravel()
    assert stats.kstest(radius[::7] ** 2 / 2, "expon").pvalue > 1e-3
    assert stats.kstest(angle[::7], stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3


# Addresses -----------------------------------------------------------------------------------------------------------


ADDRESSES = [
    (Address(1), 0),
    (Address(2), 0),
    (Address(1), 1),
    (Address(1, pilot=True), 0),
    (Address(1, point=(0,)), 0),
    (Address(1, point=(1,)), 0),
    (Address(1, point=(0, 0)), 0),
]


def test_streams_are_distinct_and_repeat():
    def words(address, block, purpose):
        return tuple(address.stream(block, purpose).random_raw(4).tolist())

    streams = [words(address, block, purpose) for address, block in ADDRESSES for purpose in Purpose]
    assert len(set(streams)) == len(streams)
    assert streams == [words(address, block, purpose) for address, block in ADDRESSES for purpose in Purpose]


def test_lane_generators_do_not_depend_on_how_many_lanes_there_are():
    few, many = (lane_generators(Address(5).stream(3, Purpose.LANES), lanes) for lanes in (128, 1024))
    assert few.shape == (512,)
    assert (many[:512] == few).all()
    assert len(np.unique(many)) == many.size


def test_entropy_from_everything_that_spec_7_allows():
    assert entropy_of(7) == 7
    assert entropy_of(np.int64(7)) == 7
    assert entropy_of(None) != entropy_of(None)
    assert entropy_of(np.random.SeedSequence(3)) == entropy_of(np.random.SeedSequence(3))
    generator = np.random.default_rng(4)
    assert entropy_of(generator) != entropy_of(generator)
    assert entropy_of(np.random.default_rng(4)) == entropy_of(np.random.default_rng(4))


@pytest.mark.parametrize(
    ("rng", "error", "message"),
    [
        (-1, ValueError, r"`rng` must be not negative, got -1\."),
        (1.5, TypeError, r"`rng` must be None, a whole number, a Generator or a SeedSequence, got 1\.5\."),
        (True, TypeError, r"`rng` must be None, .*got True\."),
        ("1", TypeError, r"`rng` must be None, .*got '1'\."),
    ],
)
def test_refusals(rng, error, message):
    with pytest.raises(error, match=message):
        entropy_of(rng)
