"""Sums over pairs of times against NumPy, however the record is cut, and the same bits on any executor."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Moments, StepPair
from phasespace_qb.phase_space.integrators import Heun
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.phase_space.two_time import AtFew, TwoTimes, _under_way
from tests.phase_space.test_accumulators import snapshots

SHAPES = [(20, 7, 2), (7, 7, 3), (12, 5, 1), (30, 5, 9)]
"""Saves, lags and stride: many origins, one, all of them, and origins farther apart than the lags reach."""


def observed(kind, x, cuts, count):
    """Sums of a record that comes in pieces."""
    sums = kind.zeros()
    for first, end in zip([0, *cuts], [*cuts, len(x)], strict=True):
        kind.observe(sums, first, np.ascontiguousarray(x[first:end]), 0, count)
    return sums


def expected(kind, x, count, *, conjugated=True):
    """The same averages in complex numbers; not `conjugated` forgets the conjugate in Hermitian partners."""
    conj = np.conj if conjugated else np.asarray
    a = x[:, 0, 0, :count] + 1j * x[:, 0, 1, :count]
    b = x[:, 1, 0, :count] + 1j * x[:, 1, 1, :count] if kind.symbols[1] > 0 else a.conj()
    n, at = a * b, kind.stride * np.arange(kind.origins)
    lags = range(kind.lags)
    return (
        np.array([(b[at] * a[at + j] + conj(a[at] * b[at + j])).mean() / 2 for j in lags]),
        np.array([(a[at] * a[at + j] + conj(b[at] * b[at + j])).mean() / 2 for j in lags]),
        np.array([(n[at] * n[at + j]).mean().real for j in lags]),
        np.array([(a[at + j] + conj(b[at + j])).mean() / 2 for j in lags]),
        np.array([n[at + j].mean().real for j in lags]),
    )


def error(kind, sums, reference):
    found = kind.averages(sums)
    read = (found.first_order, found.anomalous, found.intensity, found.field_after, found.number_after)
    return max(float(np.abs(value - exact).max()) for value, exact in zip(read, reference, strict=True))


@pytest.mark.parametrize(("saves", "lags", "stride"), SHAPES)
@pytest.mark.parametrize("partner", [1, ~0])
@pytest.mark.parametrize("count", [128, 300])
def test_two_time_averages_are_those_of_numpy(saves, lags, stride, partner, count):
    x = snapshots(3, saves, 2)
    kind = TwoTimes(saves, lags, stride, (0, partner))
    sums = observed(kind, x, [5, 6], count)
    assert error(kind, sums, expected(kind, x, count)) < 1e-12
    assert error(kind, sums, expected(kind, x, count, conjugated=False)) > 1e-3
    assert kind.counts(sums) == count
    assert not _under_way.rings, "origins are forgotten when their slab is done"


def test_the_cuts_do_not_matter_and_slabs_add_up():
    x, kind = snapshots(4, 20, 2), TwoTimes(20, 7, 2, (0, 1))
    whole = observed(kind, x, [], 384)
    assert np.allclose(observed(kind, x, [1, 2, 11, 19], 384), whole, rtol=1e-12)
    parts = kind.zeros()
    for first in (0, 128, 256):
        kind.observe(parts, 0, np.ascontiguousarray(x[..., first : first + 128]), first, 128)
    assert np.allclose(parts, whole, rtol=1e-12, atol=1e-12)


def test_several_may_watch_the_same_record():
    """As the ensemble does: two accumulators see each chunk in turn, and each keeps its own origins."""
    x, kinds = snapshots(5, 20, 2), [TwoTimes(20, 7, 2, (0, 1)), TwoTimes(20, 9, 3, (0, 1))]
    sums = [kind.zeros() for kind in kinds]
    for first, end in ((0, 8), (8, 20)):
        for kind, part in zip(kinds, sums, strict=True):
            kind.observe(part, first, np.ascontiguousarray(x[first:end]), 0, 300)
    for kind, part in zip(kinds, sums, strict=True):
        assert (part == observed(kind, x, [8], 300)).all()


def test_what_is_not_finite_is_counted_and_spoils_the_average():
    x, kind = snapshots(6, 12, 2), TwoTimes(12, 5, 1, (0, 1))
    x[7, 1, 1, 3] = np.nan
    x[9, 0, 0, 299] = np.inf
    x[9, 0, 0, 300] = np.nan  # not among the first 300
    sums = observed(kind, x, [4], 300)
    assert kind.not_finite(sums).tolist() == [0] * 7 + [1, 0, 1, 0, 0]
    assert np.isnan(kind.averages(sums).first_order).all()
    assert np.isfinite(kind.numbers(sums)[:7]).all()


def test_few_saves_of_many():
    x, moments = snapshots(7, 12, 3), Moments(3, ((0,), (1, 0)))
    few = AtFew(moments, (0, 4, 11))
    sums = few.zeros()
    for first, end in ((0, 4), (4, 5), (5, 12)):
        few.observe(sums, first, np.ascontiguousarray(x[first:end]), 0, 300)
    direct = moments.zeros()
    moments.observe(direct, 0, np.ascontiguousarray(x[[0, 4, 11]]), 0, 300)
    assert (sums == direct).all()
    assert few.groups == moments.groups


def test_a_long_record_needs_little_memory():
    kind = TwoTimes(2_000, 401, 13, (0, 1))
    of_origins = kind.under_way * 6 * 1024 * 8
    assert kind.zeros().nbytes + of_origins < 2 * 2**20
    assert kind.origins == 124


def test_reading_a_long_record_takes_few_copies_of_it():
    """All lags of all origins at once would be 33 copies, here of 1 MB."""
    kind, groups = TwoTimes(5_000, 33, 1, (0, 1)), 5
    sums = np.random.default_rng(1).normal(size=(groups, *kind.zeros().shape)) + 9.0
    tracemalloc.start()
    found = kind.averages(sums)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * sums.nbytes
    means = sums[..., kind.lags :, 4] / sums[..., kind.lags :, 0]
    assert found.number_after[2, 7] == pytest.approx(means[2, 7 : 7 + kind.origins].mean(), rel=1e-12)


@pytest.fixture(scope="module")
def program():
    equations = PositivePRules().equations(DopoBattery().system()).to(Heun.calculus)
    return ensemble.compile_program(equations, Heun(), plan(0.1 * np.arange(40), (), 0.05, even=True), companion=True)


def test_the_same_bits_on_any_executor(program):
    kind = TwoTimes(40, 15, 2, (0, 1))
    accumulators = [kind, StepPair(kind)]
    own = ensemble.run(program, accumulators, 3_000, Address(3))
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as pool:
            other = ensemble.run(program, accumulators, 3_000, Address(3), pool)
        assert all((a == b).all() for a, b in zip(own, other, strict=True))
    changed = ensemble.run(program, accumulators, 3_000, Address(4))
    assert not (own[0] == changed[0]).all()
    # The finer half of the pair has seen an eighth of the trajectories, or a tile of each block.
    assert 0 < kind.counts(own[1][:, 0]).sum() <= 3_000
