"""Sweeps: the same numbers as single runs, in any grid, on any executor, after any interruption."""

import json
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb import kernel_cache
from phasespace_qb.results.schema import base_name
from phasespace_qb.results.sweeps import MISSING
from phasespace_qb.sweeping import checkpoint, engine
from phasespace_qb.sweeping.engine import run_all
from phasespace_qb.sweeping.grid import key_of

BATTERY = qb.DopoBattery()
TIMES = [0.5, 1.0]
SMALL = qb.PositiveP(2_560, rng=7, step=0.05)
PUMPS = [1.0, 2.0, 3.0]


def same_bits(one, other):
    """Whether two datasets have the same variables, labels and bits."""
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        left, right = one[name].values, other[name].values
        assert left.dtype.kind == right.dtype.kind, name
        assert left.shape == right.shape, name
        equal = (left == right).all() if left.dtype.kind == "U" else left.tobytes() == right.tobytes()
        assert equal, name
    return True


@pytest.fixture(scope="module")
def swept():
    return qb.sweep(BATTERY, {"pump": PUMPS}, TIMES, SMALL)


@pytest.fixture
def computed(monkeypatch):
    """The systems that were really simulated."""
    seen = []

    def counting(task):
        seen.append(task.given)
        return carry_out(task)

    carry_out = engine.carry_out
    monkeypatch.setattr(engine, "carry_out", counting)
    return seen


# --- the dataset ------------------------------------------------------------------------------------------------------


def test_one_dataset_over_parameters_and_time(swept):
    assert swept["energy"].dims == ("pump", "time")
    assert swept["photon_number"].dims == ("pump", "time", "mode")
    assert swept["quadrature_covariance"].dims == ("pump", "time", "quadrature", "quadrature_")
    assert swept["threshold_ratio"].values.tolist() == [0.5, 1.0, 1.5]
    assert swept.attrs["method"] == "positive-P"
    assert swept["pump"].attrs == {"symbol": "$F_p$", "units": "sqrt(gamma_s)"}
    assert swept["energy"].attrs["units"] == "hbar omega_s"
    assert not any("portrait" in name or name == "number_distribution" for name in swept.variables)
    assert (swept["verdict"] == 0).all()
    assert swept["verdict"].attrs["flag_meanings"] == "trust doubt reject"
    # The same everywhere is an attribute; the rest is over the points.
    assert swept.attrs["trajectories"] == 2_560
    assert len(set(swept["parameters"].values)) == 3


def test_with_common_random_numbers_a_point_is_the_single_run():
    found = qb.sweep(BATTERY, {"pump": PUMPS}, TIMES, SMALL, common_random_numbers=True)
    for amplitude in PUMPS:
        single = qb.simulate(qb.DopoBattery(amplitude), TIMES, SMALL)
        ours = qb.point(found, pump=amplitude)
        for name in ours.data_vars:
            assert ours[name].values.tobytes() == single[name].values.tobytes(), name
        kept = set(single.data_vars) - {
            n for n in single.data_vars if "portrait" in n or base_name(n) == "number_distribution"
        }
        assert set(ours.data_vars) == kept
        same = set(single.attrs) - {"step_reason"}
        assert {name: ours.attrs[name] for name in same} == {name: single.attrs[name] for name in same}


def test_points_have_random_numbers_of_their_own(swept):
    """The same parameters by two names: independent numbers, so the same within errors and not to the bit."""
    other = qb.sweep(BATTERY, {"threshold_ratio": [1.5]}, TIMES, SMALL)
    mine, its = qb.point(swept, pump=3.0), qb.point(other)
    assert mine["energy"].values.tobytes() != its["energy"].values.tobytes()
    assert (
        qb.agreement(mine, its.assign_attrs(parameters=mine.attrs["parameters"], seed="other")).attrs["verdict"]
        == "agree"
    )
    one = key_of({"a": 1.0, "b": 2.0}, "method")
    assert one == key_of({"b": 2.0, "a": 1.0}, "method")
    assert one not in (key_of({"a": 2.0, "b": 1.0}, "method"), key_of({"a": 1.0, "b": 2.0}, "other"))


def test_a_grid_of_two_parameters_has_the_points_of_every_other_grid():
    """The order of names, and the neighbours of a point, change nothing."""
    noises = [0.02, 0.05]
    one = qb.sweep(BATTERY, {"threshold_ratio": [0.5, 1.5], "noise_parameter": noises}, TIMES, SMALL)
    other = qb.sweep(BATTERY, {"noise_parameter": [noises[1]], "threshold_ratio": [1.5, 1.2]}, TIMES, SMALL)
    mine, its = (qb.point(each, threshold_ratio=1.5, noise_parameter=0.05) for each in (one, other))
    assert same_bits(mine, its)
    assert one["energy"].dims == ("threshold_ratio", "noise_parameter", "time")
    assert one.sizes["threshold_ratio"] == 2
    assert float(one["loss_ratio"][0, 0]) == 16.0
    assert "noise_parameter" in one.indexes  # swept itself, not a coordinate beside it


def test_the_same_bits_on_any_executor(swept):
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as pool:
            assert same_bits(swept, qb.sweep(BATTERY, {"pump": PUMPS}, TIMES, SMALL, executor=pool))
    with ThreadPoolExecutor(2) as pool:
        many = qb.sweep(BATTERY, {"pump": [*PUMPS, 0.5, 0.7]}, TIMES, SMALL, executor=pool)
    assert same_bits(swept, many.sel(pump=PUMPS))
    own = qb.sweep(BATTERY, {"pump": [*PUMPS, 0.5, 0.7]}, TIMES, SMALL)  # so many that each thread takes whole points
    assert same_bits(own, many)


@pytest.mark.slow
def test_the_same_bits_in_other_processes(swept):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert same_bits(swept, qb.sweep(BATTERY, {"pump": PUMPS}, TIMES, SMALL, executor=pool))


def test_a_sweep_compiles_once(swept, monkeypatch):
    built = []
    build = kernel_cache._build
    monkeypatch.setattr(kernel_cache, "_build", lambda entry, source: built.append(source) or build(entry, source))
    monkeypatch.setattr(kernel_cache, "_loaded", {})
    qb.sweep(BATTERY, {"pump": [1.1, 1.2, 2.3], "kappa": [0.4, 0.45]}, [0.1], qb.PositiveP(256, rng=1))
    assert built == []  # the kernel of all batteries that the session has compiled already


def test_a_file_keeps_a_sweep(swept, tmp_path):
    assert same_bits(swept, qb.load(qb.save(swept, tmp_path / "sweep.nc")))


# --- functions and methods --------------------------------------------------------------------------------------------


def test_a_function_of_what_is_swept_declares_the_system():
    def cavity(detuning, drive=0.3):
        (a,) = qb.modes("a")
        return qb.OpenSystem(detuning * a.dag * a + 1j * drive * (a.dag - a), {a: 1.0})

    found = qb.sweep(cavity, {"detuning": [0.0, 0.5, 1.0]}, [30.0], qb.LinearNoise())
    assert found["mode"].values.tolist() == ["a"]
    exact = 0.3**2 / (0.25 + np.array([0.0, 0.5, 1.0]) ** 2)
    assert found["energy"].values[:, 0] == pytest.approx(exact, rel=1e-6)
    wrong = 0.3**2 / (1.0 + np.array([0.0, 0.5, 1.0]) ** 2)  # amplitudes that decay at γ
    assert found["energy"].values[:, 0] != pytest.approx(wrong, rel=1e-2)
    assert "threshold_ratio" not in found.coords


def test_methods_are_mixed_and_compared_point_by_point():
    methods = [qb.PositiveP(2_560, rng=7, step=0.05), qb.LinearNoise(), qb.Lindblad((12, 6), tolerance=1e-5)]
    found = qb.sweep(BATTERY, {"threshold_ratio": [0.2, 0.4]}, [1.0, 3.0], methods)
    assert found["energy"].dims == ("threshold_ratio", "solver", "time")
    assert found["solver"].values.tolist() == ["positive-P", "linear noise", "Lindblad"]
    # What a method does not know is NaN, and is not in the result at a point.
    assert np.isnan(found["energy_stderr"].sel(solver="Lindblad")).all()
    single = qb.point(found, threshold_ratio=0.4, solver="Lindblad")
    assert "energy_stderr" not in single
    assert "energy_cutoff_error" in single
    compared = qb.agreement_by_point(found, "positive-P", "Lindblad")
    assert compared["agreement"].dims == ("threshold_ratio",)
    assert compared["agreement"].attrs["flag_meanings"] == "agree doubt disagree"
    assert (compared["agreement"] < 2).all()
    # Control: an energy at one point that is off by eight standard errors.
    shifted = found.copy(deep=True)
    shifted["energy"][1, 0] += 8 * shifted["energy_stderr"][1, 0] + shifted["energy_step_error"][1, 0]
    compared = qb.agreement_by_point(shifted, "positive-P", "Lindblad")
    assert compared["agreement"].values.tolist()[1] == 2
    assert compared["quantity"].values[1] == "energy"
    assert compared["agreement"].values[0] < 2


def test_methods_of_one_name_need_labels():
    fine, coarse = qb.PositiveP(256, rng=3, step=0.02), qb.PositiveP(256, rng=3, step=0.05)
    with pytest.raises(ValueError, match=r"`method` must be a list of different methods.* Give each a label"):
        qb.sweep(BATTERY, {"pump": [1.0]}, [0.1], [fine, coarse])
    found = qb.sweep(BATTERY, {"pump": [1.0]}, [0.1], {"fine": fine, "coarse": coarse})
    assert found["solver"].values.tolist() == ["fine", "coarse"]
    assert found.attrs["seed"] == "3"  # common random numbers: a step changes nothing else
    with pytest.raises(ValueError, match="`swept` must be a sweep of several methods"):
        qb.agreement_by_point(qb.sweep(BATTERY, {"pump": [1.0]}, [0.1], qb.LinearNoise()), "a", "b")


def test_where_a_method_refuses_the_others_go_on():
    """An amplifier beyond its threshold rests nowhere: NaN, a verdict and a reason there, numbers elsewhere."""

    def amplifier(gain):
        (a,) = qb.modes("a")
        return qb.OpenSystem(0.1j * (a.dag - a), {a: 1.0, a.dag: gain})

    methods = {"at rest": qb.LinearNoise("branch"), "from vacuum": qb.LinearNoise()}
    found = qb.sweep(amplifier, {"gain": [0.5, 2.0]}, [1.0], methods)
    rest = found.sel(solver="at rest")
    assert np.isfinite(rest["energy"].values).tolist() == [[True], [False]]
    assert found["verdict"].values[1, 0] == 2
    assert json.loads(found["verdict_reasons"].values[1, 0])[0].startswith("not computed: `about` must be")
    assert rest["verdict_by_time"].values[1] == [2]
    assert np.isfinite(found["energy"].sel(solver="from vacuum").values).all()
    assert qb.point(found, gain=2.0, solver="at rest").attrs["verdict"] == "reject"
    with pytest.raises(ValueError, match="`about` must be"):  # nowhere an answer: as a single run would say it
        qb.sweep(amplifier, {"gain": [2.0, 3.0]}, [1.0], qb.LinearNoise("branch"))
    beyond = qb.sweep(amplifier, {"gain": [2.0, 3.0]}, [1.0], methods)  # one method nowhere: the other one stays
    assert np.isfinite(beyond["energy"].values[:, :, 0]).tolist() == [[False, True]] * 2
    compared = qb.agreement_by_point(found, "at rest", "from vacuum")
    assert "at rest has no result here" in compared["agreement_reasons"].values[1]


# --- extending, keeping, interrupting ---------------------------------------------------------------------------------


def test_extending_recomputes_nothing_and_changes_no_bit(swept, computed):
    more = [*PUMPS, 1.3, 0.4]
    longer = qb.sweep(BATTERY, {"pump": more}, TIMES, qb.PositiveP(2_560, step=0.05), extend=swept)  # its seed
    assert sorted(abs(battery.pump) for battery in computed) == [0.4, 1.3]
    assert same_bits(swept, longer.sel(pump=PUMPS))
    assert same_bits(longer, qb.sweep(BATTERY, {"pump": more}, TIMES, SMALL))


def test_a_single_point_can_be_extended(swept, computed):
    one = qb.sweep(BATTERY, {"pump": [1.0]}, TIMES, SMALL)
    two = qb.sweep(BATTERY, {"pump": [1.0, 2.0]}, TIMES, SMALL, extend=one)
    assert len(computed) == 2
    assert same_bits(two, swept.sel(pump=[1.0, 2.0]))


@pytest.mark.parametrize(
    "changed",
    [
        {"times": [0.5, 1.1]},
        {"method": qb.PositiveP(2_560, rng=8, step=0.05)},
        {"method": qb.PositiveP(5_120, rng=7, step=0.05)},
        {"method": qb.TruncatedWigner(2_560, rng=7, step=0.05)},
        {"system": qb.DopoBattery(kappa=0.5 * (1 + 1e-12))},
        {"common_random_numbers": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_decides_the_result_is_looked_at_before_a_point_is_reused(swept, computed, changed):
    asked = {"system": BATTERY, "over": {"pump": [2.0]}, "times": TIMES, "method": SMALL} | changed
    qb.sweep(**asked, extend=swept)
    assert len(computed) == 1


def test_a_checkpoint_keeps_what_is_done_when_a_sweep_is_interrupted(computed, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BETWEEN_REPORTS", 0.01)
    file = tmp_path / "sweep.nc"

    def stop(done, total, left):
        if done >= 2:
            raise KeyboardInterrupt

    wide = np.linspace(0.5, 3, 12)
    with pytest.raises(KeyboardInterrupt):
        qb.sweep(BATTERY, {"pump": wide}, TIMES, SMALL, checkpoint=file, progress=stop)
    assert threading.active_count() < 20
    half = qb.load(file)
    done = np.isfinite(half["energy"].values[:, -1])
    assert 2 <= done.sum() < 12
    assert json.loads(half["verdict_reasons"].values[~done][0]) == [MISSING]
    computed.clear()
    whole = qb.sweep(BATTERY, {"pump": wide}, TIMES, SMALL, checkpoint=file)
    assert len(computed) == 12 - done.sum()
    assert same_bits(whole, qb.sweep(BATTERY, {"pump": wide}, TIMES, SMALL))
    assert same_bits(whole, qb.load(file))
    computed.clear()
    assert same_bits(whole, qb.sweep(BATTERY, {"pump": wide}, TIMES, SMALL, checkpoint=file))
    assert computed == []
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.nc"]


def test_a_checkpoint_is_written_while_the_sweep_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "BETWEEN_WRITES", 0.0)
    sizes = []

    def look(done, total, left):
        if done and (tmp_path / "sweep.nc").exists():
            sizes.append(int(np.isfinite(qb.load(tmp_path / "sweep.nc")["energy"].values).sum()))

    qb.sweep(BATTERY, {"pump": PUMPS}, [0.2], SMALL, checkpoint=tmp_path / "sweep.nc", progress=look)
    assert sizes[-1] == 3


def test_a_checkpoint_loses_no_points_of_another_sweep(tmp_path):
    file = tmp_path / "sweep.nc"
    qb.sweep(BATTERY, {"pump": PUMPS}, [0.2], qb.LinearNoise(), checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"`checkpoint` must be a new file, .*3 points of another sweep"):
        qb.sweep(BATTERY, {"pump": PUMPS}, [0.3], qb.LinearNoise(), checkpoint=file)
    with pytest.raises(ValueError, match=r"`checkpoint` must be a new file, .*1 points of another sweep"):
        qb.sweep(BATTERY, {"pump": PUMPS[:2]}, [0.2], qb.LinearNoise(), checkpoint=file)
    assert file.read_bytes() == before
    qb.save(qb.simulate(BATTERY, [0.2], qb.LinearNoise()), file)
    with pytest.raises(ValueError, match=r"`checkpoint` must be a result of `sweep`"):
        qb.sweep(BATTERY, {"pump": PUMPS}, [0.2], qb.LinearNoise(), checkpoint=file)


def test_a_sweep_without_a_seed_goes_on_with_that_of_its_file(computed, tmp_path):
    file = tmp_path / "sweep.nc"
    unseeded = qb.PositiveP(256, step=0.05)
    first = qb.sweep(BATTERY, {"pump": [1.0]}, [0.2], unseeded, checkpoint=file)
    both = qb.sweep(BATTERY, {"pump": [1.0, 2.0]}, [0.2], unseeded, checkpoint=file)
    assert len(computed) == 2
    assert same_bits(first, both.sel(pump=[1.0]))


def test_values_that_differ_by_rounding_are_one_point(computed):
    narrow, wide = np.linspace(0.1, 1, 10), np.linspace(0.1, 2, 20)
    assert not np.isin(narrow, wide).all()
    former = qb.sweep(BATTERY, {"pump": narrow}, [0.2], qb.LinearNoise())
    longer = qb.sweep(BATTERY, {"pump": wide}, [0.2], qb.LinearNoise(), extend=former)
    assert len(computed) == 20
    assert same_bits(former, longer.sel(pump=narrow))


def test_methods_have_the_bits_that_they_have_alone(computed):
    wigner, positive = qb.TruncatedWigner(256, rng=1, step=0.05), qb.PositiveP(256, rng=1, step=0.05)
    alone = [qb.sweep(BATTERY, {"pump": [1.0]}, [0.2], method) for method in (wigner, positive)]
    computed.clear()
    both = qb.sweep(BATTERY, {"pump": [1.0]}, [0.2], [wigner, qb.PositiveP(256, step=0.05)], extend=alone[1])
    assert len(computed) == 1
    for method, single in zip(("truncated Wigner", "positive-P"), alone, strict=True):
        assert same_bits(qb.point(both, solver=method), qb.point(single))


def test_two_methods_of_one_seed_are_independent_in_a_sweep_and_not_with_common_random_numbers():
    methods = [qb.PositiveP(2_560, rng=1, step=0.05), qb.TruncatedWigner(2_560, rng=1, step=0.05)]
    for common in (False, True):
        found = qb.sweep(qb.DopoBattery(kappa=0.1), {"pump": [12.0]}, [4.0], methods, common_random_numbers=common)
        compared = qb.agreement_by_point(found, "truncated Wigner", "positive-P")
        assert ("both results are of seed 1" in compared["agreement_reasons"].item()) is common


def test_a_selection_of_methods_keeps_their_variables():
    methods = [qb.PositiveP(2_560, rng=7, step=0.05), qb.Lindblad((12, 6), tolerance=1e-5)]
    both = qb.sweep(BATTERY, {"pump": [0.5]}, [1.0], methods)
    whole = qb.point(both, solver="Lindblad")
    turned = both.isel(solver=[1, 0])
    for part, solver in (
        (both.sel(solver=["Lindblad"]), "Lindblad"),
        (turned, "Lindblad"),
        (both.sel(solver="Lindblad"), None),
    ):
        assert set(qb.point(part, solver=solver)) == set(whole)
    back = qb.sweep(BATTERY, {"pump": [0.5]}, [1.0], methods, extend=turned)
    assert same_bits(back, both)
    assert qb.point(both, solver="positive-P").attrs["trajectories"] == 2_560
    assert isinstance(qb.point(both, solver="positive-P").attrs["trajectories"], int)


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (lambda swept: swept.isel(time=[-1]), "got an array of 1 of its 2 times"),
        (lambda swept: swept.isel(time=-1), "got an incomplete one"),
        (lambda swept: swept.drop_vars("energy"), "got an incomplete one, without energy"),
        (lambda swept: swept.drop_vars("request"), "got an incomplete one"),
    ],
)
def test_a_sweep_that_was_cut_cannot_be_extended(swept, cut, message):
    with pytest.raises(ValueError, match=f"`extend` must be a sweep as `sweep` returned it, {message}"):
        qb.sweep(BATTERY, {"pump": PUMPS}, TIMES, SMALL, extend=cut(swept))


def test_a_file_that_somebody_else_has_written_is_left_alone(tmp_path):
    file = tmp_path / "sweep.nc"

    def other_sweep(done, total, left):
        if done == total:
            qb.save(qb.sweep(BATTERY, {"pump": [3.0]}, [0.2], qb.LinearNoise()), file)

    mine = qb.sweep(BATTERY, {"pump": [1.0, 2.0]}, [0.2], qb.LinearNoise(), checkpoint=file, progress=other_sweep)
    assert qb.load(file)["pump"].values.tolist() == [3.0]
    (beside,) = (path for path in tmp_path.iterdir() if path != file)
    assert same_bits(qb.load(beside), mine)


def test_a_full_disk_does_not_end_a_sweep(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(checkpoint, "BETWEEN_WRITES", 0.0)
    save, failures = checkpoint.save, [OSError("No space left on device")]

    def filling(swept, target):
        if failures:
            raise failures.pop()
        return save(swept, target)

    monkeypatch.setattr(checkpoint, "save", filling)
    found = qb.sweep(BATTERY, {"pump": PUMPS}, [0.2], qb.LinearNoise(), checkpoint=tmp_path / "sweep.nc")
    assert "could not be written" in caplog.text
    assert same_bits(found, qb.load(tmp_path / "sweep.nc"))


def test_what_is_done_is_kept_when_a_point_fails(tmp_path, monkeypatch):
    carry_out = engine.carry_out

    def failing(task):
        if task.given.pump == 2.0:
            time.sleep(0.5)
            raise RuntimeError("a fault")
        return carry_out(task)

    monkeypatch.setattr(engine, "carry_out", failing)
    file = tmp_path / "sweep.nc"
    with pytest.raises(RuntimeError, match="a fault"):
        qb.sweep(BATTERY, {"pump": [2.0, 1.0, 0.5]}, [0.2], qb.LinearNoise(), checkpoint=file)
    assert np.isfinite(qb.load(file)["energy"].values[:, 0]).tolist() == [False, True, True]


def test_units_are_those_of_all_points():
    found = qb.sweep(BATTERY, {"gamma_s": [1.0, 2.0]}, [0.2], qb.LinearNoise())
    assert found["time"].attrs["units"] == "1/rate unit"
    assert found["charging_power"].attrs["units"] == "hbar omega_s rate unit"
    other = qb.sweep(qb.DopoBattery(gamma_s=2.0), {"kappa": [0.5]}, [0.2], qb.LinearNoise())
    assert other["kappa"].attrs["units"] == "rate unit"


def test_many_small_points_cost_what_they_cost(monkeypatch):
    """The time to keep track of tasks grows no faster than their number."""
    monkeypatch.setattr(engine, "carry_out", lambda task: None)

    def seconds(count):
        begin = time.process_time()
        run_all([qb.simulation.Task(None, None, None, "x")] * count, progress=lambda done, total, left: None)
        return time.process_time() - begin

    seconds(100)
    assert seconds(8_000) < 20 * max(seconds(1_000), 0.02)


def test_the_time_that_is_left_is_told_truly(monkeypatch):
    """Points of two kinds, one ten times as long as the other: the forecast is right to a third from a fifth on."""

    def sleeping(task):
        time.sleep(0.1 if task.method == "long" else 0.01)

    monkeypatch.setattr(engine, "carry_out", sleeping)
    monkeypatch.setattr(engine, "BETWEEN_REPORTS", 0.02)
    told = []
    tasks = [qb.simulation.Task(None, None, None, method) for _ in range(20) for method in ("long", "short")]
    begin = time.perf_counter()
    run_all(tasks, ThreadPoolExecutor(2), lambda done, total, left: told.append((time.perf_counter(), done, left)))
    end = time.perf_counter()
    late = [(left, end - now) for now, done, left in told if 8 <= done <= 36]
    assert len(late) > 10
    assert np.median([abs(left - true) / (end - begin) for left, true in late]) < 0.15
    assert told[-1][1:] == (40, 0.0)


@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_a_fault_in_a_point_is_not_swallowed(monkeypatch, kind):
    def broken(task):
        raise kind("operands could not be broadcast together")

    monkeypatch.setattr(engine, "carry_out", broken)
    with pytest.raises(kind, match="operands could not be broadcast together"):
        qb.sweep(BATTERY, {"pump": PUMPS}, TIMES, qb.LinearNoise())


def test_what_cannot_be_sent_to_other_processes_is_said():
    def battery(at):
        return qb.DopoBattery(lambda t: 1.0 if t < at else 0.0)

    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(ValueError, match="`executor` must"),
    ):
        qb.sweep(battery, {"at": [0.1]}, [0.2], qb.LinearNoise(), executor=pool)


# --- one point --------------------------------------------------------------------------------------------------------


def test_one_point_is_taken_out_with_all_that_a_result_says(swept):
    one = qb.point(swept, pump=2.0)
    assert one.attrs["verdict"] == "trust"
    assert one.attrs["pump"] == 2.0
    assert json.loads(one.attrs["parameters"])["pump"] == "(2+0j)"
    assert isinstance(one.attrs["trajectories"], int)
    qb.plot.charging(one)
    with pytest.raises(ValueError, match=r"`pump` must be on the grid of the sweep, got 2\.1\. The nearest is 2\."):
        qb.point(swept, pump=2.1)
    with pytest.raises(ValueError, match=r"`pump` must be given, from 1 to 3"):
        qb.point(swept)
    with pytest.raises(ValueError, match=r"`coordinates` must be one of pump, got 'pmp'\. Did you mean pump\?"):
        qb.point(swept, pmp=2.0)
    with pytest.raises(ValueError, match=r"`solver` must be positive-P or left out, got 'Lindblad'"):
        qb.point(swept, pump=2.0, solver="Lindblad")
    with pytest.raises(ValueError, match="`swept` must be a sweep over pump, got an array without pump"):
        qb.point(swept.sel(pump=2.0))
    with pytest.raises(TypeError, match="`swept` must be a result of `sweep`, got 3"):
        qb.point(3)
