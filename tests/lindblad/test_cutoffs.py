"""What cutoffs cost: the estimate covers the true error, both modes count, and what is refused."""

import re
import threading
import time

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad import cutoffs as cutoffs_module
from phasespace_qb.lindblad import method
from phasespace_qb.lindblad.cutoffs import reduced, remaining_share
from phasespace_qb.lindblad.run import Start, propagate

TIMES = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0])
QUANTITIES = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
STRONG, WEAK = qb.DopoBattery(pump=2.0, kappa=1.0), qb.DopoBattery(pump=1.5)
LOW = {
    STRONG: [(10, 8), (14, 8), (16, 8), (20, 8), (20, 6), (24, 8), (28, 8), (28, 6), (32, 10)],
    WEAK: [(8, 6), (10, 6), (12, 6), (14, 6), (16, 8), (20, 8), (20, 5)],
}
CONVERGED = {STRONG: (44, 14), WEAK: (30, 10)}
(CAVITY,) = qb.modes("cavity")


def run(battery, cutoffs, times=TIMES, tolerance=1e-7):
    return qb.simulate(battery, times, qb.Lindblad(cutoffs=cutoffs, tolerance=tolerance))


@pytest.fixture(scope="module")
def converged():
    return {battery: run(battery, cutoffs) for battery, cutoffs in CONVERGED.items()}


@pytest.fixture(scope="module")
def too_low(converged):
    """For each battery and low cutoffs the run, with converged numbers beside it."""
    return {(b, cutoffs): (run(b, cutoffs), converged[b]) for b in LOW for cutoffs in LOW[b]}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_cutoff_error_covers_and_is_not_far_too_large(too_low, quantity):
    covered, ratios = [], []
    for (_, cutoffs), (low, good) in too_low.items():
        true, estimated = np.abs(low[quantity] - good[quantity]).values, low[f"{quantity}_cutoff_error"].values
        told = np.isfinite(estimated)
        covered += list((true <= estimated + 1e-6)[told])
        counts = told & (true > 1e-6 * np.abs(good[quantity].values).max())
        ratios += list(true[counts] / estimated[counts])
        middle, worst = (np.round(f(ratios[-counts.sum() :]), 2) for f in (np.median, np.max))
        print(f"{quantity} {cutoffs}: true/estimated {middle}, at most {worst}; told at {told.mean():.0%} of times")
    assert len(covered) > 150
    # At single times the difference of two runs may pass through zero where the error does not.
    assert np.mean(covered) >= (1.0 if quantity in ("energy", "ergotropy") else 0.95)
    # A fifth of the estimate would be too small at half of the times.
    assert 0.2 < np.median(ratios) < 0.7


def test_verdicts_follow_the_true_error(too_low):
    for (_, cutoffs), (low, good) in too_low.items():
        true = (np.abs(low.energy - good.energy) / good.energy.max()).values.max()
        assert low.attrs["verdict"] != "trust" or true < 0.01, cutoffs
        assert low.attrs["verdict"] == "reject" or true < 0.25, cutoffs
        assert low.attrs["verdict"] == "trust" or true > 1e-4, cutoffs


def test_each_mode_alone_is_noticed(converged):
    for cutoffs in ((40, 3), (40, 2), (40, 4), (8, 14)):
        low = run(STRONG, cutoffs, TIMES[::3])
        assert low.attrs["verdict"] != "trust"
        worst = (np.abs(low.energy - converged[STRONG].energy[::3]) / 7.6).max()
        assert worst > 0.05


def test_a_rejected_run_names_cutoffs_that_do(converged):
    low = run(WEAK, (5, 3))
    assert low.attrs["verdict"] == "reject"
    named = re.search(r"Cutoffs of \((\d+), (\d+)\) would do", low.attrs["verdict_reasons"])
    again = run(WEAK, tuple(int(n) for n in named.groups()))
    assert again.attrs["verdict"] == "trust"
    assert np.abs(again.energy - converged[WEAK].energy).max() < 1e-3 * converged[WEAK].energy.max()


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4])
def test_automatic_cutoffs_reach_their_tolerance(converged, tolerance):
    for battery, good in converged.items():
        found = run(battery, "auto", tolerance=tolerance)
        assert found.attrs["verdict"] == "trust"
        for quantity in ("energy", "ergotropy"):
            assert np.abs(found[quantity] - good[quantity]).max() < tolerance * good[quantity].max()


def test_the_companion_keeps_parity_and_is_always_lower():
    for cutoffs in ((2, 3), (4, 5), (32, 9), (100, 64)):
        lower = reduced(cutoffs)
        assert all(low < high for low, high in zip(lower, cutoffs, strict=True))
        assert all((high - low) % 2 == 0 or low == 1 for low, high in zip(lower, cutoffs, strict=True))
    assert reduced((32, 2)) == (28, 1)


# -- refusals --


@pytest.mark.parametrize("cutoffs", [(3000, 3000), (1_000_000, 1_000_000), (300, 300)])
def test_what_does_not_fit_in_memory_is_refused_at_once(cutoffs):
    begin = time.perf_counter()
    with pytest.raises(ValueError, match=r"^`cutoffs` must be .*, got an array .* Lower them|Trajectories"):
        run(STRONG, cutoffs)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    ("cutoffs", "error", "text"),
    [
        ((8,), ValueError, "one number of levels for each of the modes signal, pump"),
        ((8, 4, 3), ValueError, "one number of levels for each of the modes signal, pump"),
        (8, ValueError, "one number of levels for each of the modes signal, pump"),
        ((2, 8), ValueError, "3 or more for the mode signal"),
        ((8, -1), ValueError, "a whole number from 2"),
        ((8, 1), ValueError, "a whole number from 2"),
        ((8.5, 4), ValueError, "a whole number from 2"),
        ((8, float("nan")), ValueError, "a whole number from 2"),
        ((8, 10**30), ValueError, "a whole number from 2"),
        ((True, 4), TypeError, "a whole number from 2"),
        (True, TypeError, '"auto" or a number of levels'),
        (None, TypeError, '"auto" or a number of levels'),
        (("8", "4"), TypeError, "a whole number from 2"),
        ("12", ValueError, '"auto" or a number of levels'),
        ((), ValueError, '"auto" or a number of levels'),
        (b"ab", TypeError, '"auto" or a number of levels'),
        ({8, 4}, TypeError, '"auto" or a number of levels'),
        ({8: 1, 4: 2}, TypeError, '"auto" or a number of levels'),
    ],
)
def test_cutoffs_are_refused_by_one_grammar(cutoffs, error, text):
    with pytest.raises(error, match=rf"^`cutoffs` must be {re.escape(text)}.*, got .*\.$"):
        run(STRONG, cutoffs)


def test_one_number_may_be_an_array_without_dimensions():
    assert qb.Lindblad(np.array(64)) == qb.Lindblad(64) == qb.Lindblad(np.int64(64))


def test_cutoffs_may_be_any_list_of_whole_numbers():
    expected = run(WEAK, (8, 6), [1.0]).energy
    for cutoffs in ([8, 6], np.array([8, 6]), (8.0, np.int32(6))):
        assert run(WEAK, cutoffs, [1.0]).energy == expected


@pytest.mark.parametrize("tolerance", [0.0, -1e-6, 1.0, float("nan"), 1e-13])
def test_tolerances_out_of_range_are_refused(tolerance):
    with pytest.raises(ValueError, match=r"^`tolerance` must be a number from 1e-12 to 0.1, got"):
        qb.Lindblad(tolerance=tolerance)


def coherent(amplitude, cutoffs):
    return qb.simulate(qb.OpenSystem(0 * CAVITY, {CAVITY: 1.0}, {CAVITY: amplitude}), [0.1], qb.Lindblad(cutoffs))


def test_a_coherent_start_beyond_the_cutoff_is_refused_with_the_number_that_does():
    with pytest.raises(ValueError, match=r"^`cutoffs` must be \d+ or more for the mode cavity, .* got 10\.") as refused:
        coherent(2.0, 10)
    needed = int(re.search(r"must be (\d+)", str(refused.value)).group(1))
    assert coherent(2.0, needed).energy.values == pytest.approx(4 * np.exp(-0.1), abs=1e-5)


def test_the_companion_is_not_what_refuses_a_start():
    """Cutoffs that hold the start, with a companion whose cutoffs do not."""
    lowest = next(n for n in range(5, 40) if accepted(2.0, n))
    assert not accepted(2.0, reduced((lowest,))[0])
    assert coherent(2.0, lowest).energy_cutoff_error.values > 0


def accepted(amplitude, cutoff):
    try:
        coherent(amplitude, cutoff)
    except ValueError:
        return False
    return True


def test_a_refusal_does_not_wait_for_the_companion():
    """The companion alone would fit into memory, and run for minutes."""
    begin, before = time.perf_counter(), threading.active_count()
    with pytest.raises(ValueError, match="coherent state"):
        coherent(9.0, 100)
    assert time.perf_counter() - begin < 10
    assert threading.active_count() == before


# -- the search --


def test_a_search_shows_its_progress_and_says_where_it_ends(monkeypatch):
    monkeypatch.setattr(cutoffs_module, "MOST_STATES", 60)
    calls = []
    with pytest.raises(PhaseSpaceError, match=r"3,000 number states in all.* or a shorter time\.$"):
        qb.simulate(STRONG, TIMES, qb.Lindblad(), progress=lambda done, total: calls.append((done, total)))
    assert calls
    assert all(0 <= done <= total == 1000 for done, total in calls)
    with pytest.raises(PhaseSpaceError, match=r"3,000 number states in all.* or give cutoffs\.$"):
        qb.steady_state(STRONG, qb.Lindblad())


def test_a_hopeless_search_is_over_soon():
    """Four hundred quanta in one mode and thousands in the other; it took 35 s when cutoffs grew by 1.4."""
    begin = time.perf_counter()
    with pytest.raises(PhaseSpaceError, match="number states in all"):
        qb.simulate(qb.DopoBattery(40.0, kappa=0.05), [30.0], qb.Lindblad())
    assert time.perf_counter() - begin < 30


def test_a_search_for_a_steady_state_begins_with_cutoffs_that_hold_the_start():
    (a,) = qb.modes("cavity")
    settled = qb.steady_state(qb.OpenSystem(0.2 * (a + a.dag), {a: 1.0}, {a: 3.0}), qb.Lindblad(), slow_modes=False)
    assert float(settled.energy[0]) == pytest.approx(0.16, abs=1e-7)


def test_hopeless_cutoffs_are_named_by_their_limit(monkeypatch):
    monkeypatch.setattr(method, "sufficient", lambda *_: None)
    low = run(WEAK, (5, 3))
    assert "None of up to 3,000 states in all would do" in low.attrs["verdict_reasons"]


# -- what is saved decides nothing --


def test_a_verdict_does_not_depend_on_the_times_that_are_saved():
    """Cut off at its height and switched off: what is left long after is small, and a fifth too small."""
    off = STRONG.switched_off(4.0)
    late, both = run(off, (10, 5), [7.0]), run(off, (10, 5), [4.0, 7.0])
    good = run(off, CONVERGED[STRONG], [4.0, 7.0])
    assert late.attrs["verdict"] == both.attrs["verdict"] == "reject"
    assert np.isnan(late.energy_cutoff_error.values).all()
    assert abs(float(late.energy[0] - good.energy[1])) > 0.1 * float(good.energy[1])
    assert good.attrs["verdict"] == "trust"
    assert late.sizes["time"] == 1
    assert float(both.maximum_power_time) in (4.0, 7.0)


def test_the_highest_levels_are_watched_between_the_times():
    """A detuned cavity that comes back to its vacuum after each period, and holds 1.6 quanta halfway."""
    system = qb.OpenSystem(8.0 * CAVITY.dag * CAVITY + 5.0 * (CAVITY + CAVITY.dag), {CAVITY: 0.01})
    period = np.array([np.pi / 4])
    found = propagate(system, period, (6,), 1e-8, Start(np.zeros(1, complex)))
    assert found.between[0, 0] > 0.02 > 5 * found.tails[0, 0]
    companion = propagate(system, period, (4,), 1e-8, Start(np.zeros(1, complex)))
    assert np.isnan(remaining_share(found, companion)).all()
