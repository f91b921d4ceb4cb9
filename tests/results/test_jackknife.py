"""Sampling errors: classical where the theory is classical, without bias where the quantity is not linear."""

from itertools import pairwise

import numpy as np
import pytest

from phasespace_qb.results.jackknife import jackknife, perturbed, with_each_left_out

GROUPS = 20


def replicates(samples, counts, function):
    """`function` of the mean and mean square, from all samples and with each group left out; samples (n, ...)."""
    edges = np.concatenate([[0], np.cumsum(counts)])
    sums = np.stack([samples[a:b].sum(axis=0) for a, b in pairwise(edges)])
    squares = np.stack([(samples[a:b] ** 2).sum(axis=0) for a, b in pairwise(edges)])
    n = with_each_left_out(np.asarray(counts, dtype=float)).reshape(-1, *[1] * (samples.ndim - 1))
    return function(with_each_left_out(sums) / n, with_each_left_out(squares) / n)


def mean(first, _):
    return first


def forgets_the_factor(values, counts):
    """Planted: the scatter of the replicates is taken for the error; the factor (G − 1) is missing."""
    return values[0], np.sqrt(values[1:].var(axis=0) / len(counts))


def ignores_the_sizes(values, counts):
    """Planted: pseudo-values of equal groups, whatever their sizes."""
    groups = len(counts)
    pseudo = groups * values[0] - (groups - 1) * values[1:]
    return pseudo.mean(axis=0), np.sqrt(pseudo.var(axis=0, ddof=1) / groups)


def uncorrected(values, counts):
    """Planted: the plain value in place of the mean of the pseudo-values."""
    return values[0], jackknife(values, counts)[1]


def agrees_with_the_classical_error(method):
    samples = np.random.default_rng(1).normal(3.0, 2.0, 2_000)
    counts = np.full(GROUPS, 100.0)
    value, error = method(replicates(samples, counts.astype(int), mean), counts)
    of_groups = samples.reshape(GROUPS, 100).mean(axis=1).std(ddof=1) / np.sqrt(GROUPS)
    return bool(np.isclose(value, samples.mean(), rtol=1e-12) and np.isclose(error, of_groups, rtol=1e-10))


def test_mean_of_equal_groups_has_the_classical_error():
    assert agrees_with_the_classical_error(jackknife)


def test_the_check_of_the_classical_error_can_fail():
    assert not agrees_with_the_classical_error(forgets_the_factor)


def mean_variance_is_right(method):
    """Average of σ² over 4 000 experiments against the known 1/n; its own scatter is 0.5 %."""
    counts = np.array([5, 60, 7, 8, 30, 9, 10, 80, 6, 12, 25, 40, 9, 5, 18, 33, 70, 8, 14, 51])
    samples = np.random.default_rng(2).normal(size=(counts.sum(), 4_000))
    _, error = method(replicates(samples, counts, mean), counts.astype(float))
    return bool(abs((error**2).mean() * counts.sum() - 1) < 0.025)


def test_unequal_groups_have_the_known_variance():
    assert mean_variance_is_right(jackknife)


@pytest.mark.parametrize("planted", [forgets_the_factor, ignores_the_sizes])
def test_the_check_of_unequal_groups_can_fail(planted):
    assert not mean_variance_is_right(planted)


@pytest.mark.parametrize(
    ("function", "truth", "bias"),
    [(lambda first, _: first**2, 0.25, 1 / 60), (lambda first, second: second - first**2, 1.0, -1 / 60)],
    ids=["squared mean", "variance"],
)
@pytest.mark.parametrize("counts", [np.full(GROUPS, 3), np.array([1, 5] * 10)], ids=["equal", "unequal"])
def test_bias_of_a_non_linear_quantity_is_removed(function, truth, bias, counts):
    samples = np.random.default_rng(3).normal(0.5, 1.0, size=(counts.sum(), 20_000))
    values = replicates(samples, counts, function)
    allowed = 4 * values[0].std() / np.sqrt(values.shape[-1])
    assert allowed < abs(bias) / 2
    assert abs(jackknife(values, counts.astype(float))[0].mean() - truth) < allowed
    assert uncorrected(values, counts.astype(float))[0].mean() - truth == pytest.approx(bias, abs=allowed)


def test_two_standard_errors_cover_what_student_says():
    samples = np.random.default_rng(4).exponential(size=(GROUPS * 20, 4_000))
    counts = np.full(GROUPS, 20)
    value, error = jackknife(replicates(samples, counts, lambda first, _: np.sqrt(first)), counts.astype(float))
    assert np.mean(np.abs(value - 1.0) < 2.093 * error) == pytest.approx(0.95, abs=0.015)


def test_real_and_imaginary_parts_have_errors_of_their_own():
    rng, counts = np.random.default_rng(5), np.array([3.0, 4.0, 5.0, 6.0])
    real, imaginary = rng.normal(size=(2, 5, 7))
    value, error = jackknife(real + 1j * imaginary, counts)
    for part, alone in ((np.real, real), (np.imag, imaginary)):
        expected, expected_error = jackknife(alone, counts)
        assert np.array_equal(part(value), expected)
        assert np.array_equal(part(error), expected_error)


@pytest.mark.parametrize("counts", [[4.0, 0.0, 4.0], [8.0]], ids=["empty group", "single group"])
@pytest.mark.parametrize("factor", [1.0, 1.0j], ids=["real", "complex"])
def test_without_enough_groups_there_is_a_value_and_no_error(counts, factor):
    values = factor * np.arange(2.0 * (len(counts) + 1)).reshape(-1, 2) + 1.0
    value, error = jackknife(values, np.array(counts))
    assert np.array_equal(value, values[0])
    assert np.isnan(error).all()


def test_nan_stays_where_it_is():
    values = np.random.default_rng(6).normal(size=(5, 3))
    values[2, 1] = np.nan
    value, error = jackknife(values, np.full(4, 2.0))
    assert np.isnan(value).tolist() == np.isnan(error).tolist() == [False, True, False]


def test_each_left_out():
    sums = np.arange(24.0).reshape(4, 3, 2)
    result = with_each_left_out(sums)
    assert result.shape == (5, 3, 2)
    assert np.array_equal(result[0], sums.sum(axis=0))
    assert np.array_equal(result[3], sums[[0, 1, 3]].sum(axis=0))


@pytest.mark.parametrize("counts", [np.full(20, 100.0), np.linspace(50.0, 150.0, 20)])
def test_perturbed_copies_scatter_as_the_jackknife_says(counts):
    """Means and covariance of two correlated averages; a reused sign would double their correlation."""
    rng = np.random.default_rng(5)
    sums = counts[:, None] * (np.array([1.0, 2.0]) + rng.normal(size=(20, 2)) @ [[0.1, 0.05], [0.0, 0.1]])
    total, weights = sums.sum(axis=0), counts.sum()
    averages = np.concatenate([[total / weights], (total - sums) / (weights - counts)[:, None]])
    copies = perturbed(averages, counts)
    estimate, error = jackknife(averages, counts)
    assert copies.shape == (64, 2)
    assert np.allclose(copies.mean(axis=0), averages[0])
    assert np.allclose(copies.std(axis=0), error, rtol=0.02)
    together = jackknife(averages.sum(axis=-1), counts)[1]
    assert copies.sum(axis=-1).std() == pytest.approx(together, rel=0.02)
    assert np.allclose(estimate, averages[0], atol=0.01)


def test_perturbed_copies_see_a_kink_that_the_jackknife_does_not():
    """max(0, x) at x = −1 standard error: all twenty replicates are zero, but the truth need not be."""
    rng = np.random.default_rng(6)
    groups = rng.normal(size=20)
    groups += -groups.mean() - 1.0 * groups.std(ddof=1) / np.sqrt(20)
    averages = np.concatenate([[groups.mean()], (groups.sum() - groups) / 19])
    counts = np.ones(20)
    assert jackknife(np.maximum(averages, 0.0), counts)[1] == 0.0
    assert np.maximum(perturbed(averages, counts), 0.0).std() > 0.05 * jackknife(averages, counts)[1]
