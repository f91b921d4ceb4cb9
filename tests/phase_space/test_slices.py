"""Moments of the momentum in slices of position against NumPy, on and off the real manifold."""

import numpy as np
import pytest

from phasespace_qb.phase_space.slices import MomentumSlices

PHASES, SPACINGS, HALVES = (0.0, 0.7, -0.4), (0.3, 0.21, 0.3), (15, 31, 9)
POSITIVE_P = MomentumSlices(PHASES, SPACINGS, HALVES, (0, 1))
WIGNER = MomentumSlices(PHASES, SPACINGS, HALVES, (0, ~0))


def snapshots(kind: str, lanes: int = 256, seed: int = 0) -> np.ndarray:
    """[save, variable, part, trajectory]: complex, or on the real manifold turned by the phase of its save time."""
    x = 0.8 * np.random.default_rng(seed).normal(size=(3, 2, 2, lanes))
    if kind == "real":
        turn = np.exp(1j * np.array(PHASES))[:, None, None] ** np.array([1, -1])[:, None]
        z = x[:, :, 0] * turn
        x = np.ascontiguousarray(np.stack([z.real, z.imag], axis=2))
    return x


def expected(slices: MomentumSlices, x: np.ndarray, count: int, save: int) -> np.ndarray:
    """Σ Re K(x_j − x) p^k, [k, j], as the docstring says it."""
    alpha = (x[save, 0, 0] + 1j * x[save, 0, 1])[:count] * np.exp(-1j * PHASES[save])
    if slices.symbols[1] < 0:
        partner = alpha.conj()
    else:
        partner = (x[save, 1, 0] + 1j * x[save, 1, 1])[:count] * np.exp(1j * PHASES[save])
    position, momentum = (alpha + partner) / np.sqrt(2), (alpha - partner) / (1j * np.sqrt(2))
    grid = np.arange(-HALVES[save], HALVES[save] + 1) * SPACINGS[save]
    z = grid[:, None] - position
    if slices.symbols[1] < 0:
        s = z.real / 0.55
        kernel = (15 - 10 * s**2 + s**4) / 8 * np.exp(-(s**2) / 2) / (0.55 * np.sqrt(2 * np.pi))
    else:
        kernel = np.exp(-(z**2)) / np.sqrt(np.pi)
    return np.array([(kernel * momentum**k).real.sum(axis=1) for k in range(5)])


def summed(slices: MomentumSlices, x: np.ndarray, count: int) -> np.ndarray:
    sums = slices.zeros()
    slices.observe(sums, 0, x, 0, count)
    return sums


CASES = [(POSITIVE_P, "complex"), (POSITIVE_P, "real"), (WIGNER, "complex")]


@pytest.mark.parametrize(("slices", "kind"), CASES, ids=["complex", "real manifold", "Wigner"])
@pytest.mark.parametrize("count", [1, 200, 256])
def test_slices_are_those_of_numpy(slices, kind, count):
    x = snapshots(kind)
    sums = summed(slices, x, count)
    for save in range(3):
        wanted = expected(slices, x, count, save)
        assert np.abs(slices.at(sums, save) - wanted).max() < 1e-6 * np.abs(wanted).max()


def test_swapped_variables_would_be_seen():
    x = snapshots("complex")
    swapped = summed(POSITIVE_P, np.ascontiguousarray(x[:, ::-1]), 256)
    assert np.abs(POSITIVE_P.at(swapped, 1) - expected(POSITIVE_P, x, 256, 1)).max() > 1


def test_slices_add_up_over_slabs_and_saves():
    x = snapshots("complex")
    whole, parts = summed(POSITIVE_P, x, 200), POSITIVE_P.zeros()
    POSITIVE_P.observe(parts, 0, np.ascontiguousarray(x[:1, ..., :128]), 0, 128)
    POSITIVE_P.observe(parts, 0, np.ascontiguousarray(x[:1, ..., 128:]), 128, 72)
    POSITIVE_P.observe(parts, 1, np.ascontiguousarray(x[1:]), 0, 200)
    assert np.allclose(parts, whole, atol=1e-12)


def test_no_sample_writes_beyond_its_time():
    """Samples at, near and far beyond both ends of the grid, finite or not."""
    x = snapshots("real", lanes=128)
    far = np.concatenate([np.linspace(-60, 60, 118), [1e160, -1e160, np.inf, -np.inf, np.nan, 1e9, -1e9, 0, 0, 0]])
    x[1, 0, 0] = x[1, 1, 0] = far
    x[1, :, 1] = 0.0
    sums = summed(POSITIVE_P, x, 128)
    assert np.isfinite(sums).all()
    for save in (0, 2):
        assert np.allclose(POSITIVE_P.at(sums, save), expected(POSITIVE_P, x, 128, save), atol=1e-6)


def test_what_lies_beyond_the_grid_is_missing_from_its_weight():
    x = np.zeros((3, 2, 2, 128))
    x[1, :, 0, :32] = 50.0
    sums = summed(MomentumSlices((0.0,) * 3, SPACINGS, HALVES, (0, 1)), x, 128)
    assert POSITIVE_P.at(sums, 1)[0].sum() * SPACINGS[1] / 128 == pytest.approx(0.75, abs=1e-6)
    assert POSITIVE_P.at(sums, 2)[0].sum() * SPACINGS[2] / 128 == pytest.approx(1.0, abs=1e-3)
