"""`LinearNoise` as a method: the schema, agreement with trajectories and the master equation, and its verdicts."""

import json
from itertools import pairwise

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.results.schema import VARIABLES, base_name
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.work.extraction import extractable_work
from tests.linear.cases import FAULTS, battery, halved_decay, plant, wrong_depletion
from tests.reference import master_equation

TIMES = np.linspace(0.0, 6.0, 7)
WORK = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "passive_energy")


def reasons(run):
    return " ".join(json.loads(run.attrs["verdict_reasons"]))


def test_the_dataset_is_that_of_every_method(tmp_path):
    run = qb.simulate(battery(0.5, noise=1e-3), TIMES, qb.LinearNoise())
    sampled = qb.simulate(battery(0.5, noise=1e-3), TIMES, qb.PositiveP(2_600, rng=0))
    assert {base_name(str(name)) for name in run.data_vars} <= set(VARIABLES)
    missing = {base_name(str(name)) for name in sampled.data_vars} - set(run.data_vars)
    assert missing == {"negative_weight", "non_gaussianity", "portrait_samples", "portrait_histogram"}
    assert not any(str(name).endswith("_stderr") for name in run.data_vars)
    for name in set(run.data_vars) & set(sampled.data_vars):
        assert run[name].dims == sampled[name].dims
        if name != "number_distribution":
            assert run[name].shape == sampled[name].shape
        assert run[name].dtype == sampled[name].dtype
    assert run.attrs["method"] == "linear noise"
    assert set(run.attrs) - set(sampled.attrs) == {"about"}
    assert qb.load(qb.save(run, tmp_path / "run.nc")).identical(run)
    qb.plot.charging(run, sampled)


def test_parts_of_the_energy_add_up():
    run = qb.simulate(battery(1.5), TIMES, qb.LinearNoise("branch"))
    assert (run.energy - run.passive_energy).values == pytest.approx(run.ergotropy.values)
    assert (run.ergotropy_coherent + run.ergotropy_incoherent).values == pytest.approx(run.ergotropy.values)
    assert run.energy.values == pytest.approx(run.photon_number.sel(mode="signal").values)
    total = 0.5 * (run.quadrature_covariance[:, 0, 0] + run.quadrature_covariance[:, 1, 1] - 1)
    assert total.values == pytest.approx(run.energy.values)


def largest_score(parameters, times, linear, sampled, names):
    """|difference| beyond the linear theory's own error, in standard errors of the trajectories."""
    theory, run = qb.simulate(parameters, times, linear), qb.simulate(parameters, times, sampled)
    worst = 0.0
    for name in names:
        difference, error = theory[name].values - run[name].values, run[f"{name}_stderr"].values
        bound = theory[f"{name}_estimator_error"].values
        for part in (np.real, np.imag) if np.iscomplexobj(difference) else (np.real,):
            excess = np.maximum(np.abs(part(difference)) - part(bound), 0.0)
            known = part(error) > 0
            worst = max(worst, float((excess[known] / part(error)[known]).max(initial=0.0)))
    return worst


MOMENTS = ("photon_number", "pair_amplitude", "pair_number", "mean_field", "quadrature_covariance", *WORK)
CHARGING = (battery(0.6, noise=1e-3), TIMES[1:], qb.LinearNoise(), qb.PositiveP(20_000, rng=5))
CASES = {
    "charging below threshold": CHARGING,
    "early above threshold": (battery(1.5, noise=1e-4), TIMES[1:4], qb.LinearNoise(), qb.PositiveP(20_000, rng=1)),
    "steady branch": (battery(1.5, noise=1e-3), [60.0, 70.0], qb.LinearNoise("branch"), qb.PositiveP(5_000, rng=7)),
    "steady branch, detuned": (
        battery(1.6, delta=0.5, noise=5e-4, theta=0.4),
        [60.0, 70.0],
        qb.LinearNoise("branch"),
        qb.TruncatedWigner(3_000, rng=8),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_agrees_with_trajectories(case):
    assert largest_score(*CASES[case], MOMENTS) < 4.2


@pytest.mark.parametrize("fault", [f for f in FAULTS if f is not wrong_depletion])
def test_a_planted_fault_is_seen_by_trajectories(fault, monkeypatch):
    plant(monkeypatch, fault)
    assert largest_score(*CHARGING, ("photon_number", "quadrature_covariance")) > 8


def test_errors_cover_the_master_equation_while_the_theory_is_trusted():
    """Ergotropy and its parts of the paper's battery, weakly charged: nothing is sampled, the bound must hold."""
    times = np.array([0.5, 1.0, 2.0, 5.0, 20.0])
    weak = qb.DopoBattery(pump=1.2, kappa=0.25)
    run = qb.simulate(weak, times, qb.LinearNoise())
    solution = master_equation.solve(1.2, np.concatenate([[0.0], times]), kappa=0.25, cutoffs=(16, 8), tolerance=1e-10)
    exact = extractable_work(DensityMatrix(solution.signal[1:]))
    assert run.verdict == "trust"
    for name, field in zip(WORK, ("energy", "ergotropy", "coherent", "incoherent", "passive_energy"), strict=True):
        difference = np.abs(run[name].values - getattr(exact, field))
        assert (difference <= run[f"{name}_estimator_error"].values + 2e-7).all(), name
    # The bound is not idle: without the factor of two it is still of the size of the error.
    assert (run.energy_estimator_error.values < 4 * np.abs(run.energy.values - exact.energy) + 1e-9).all()


def test_from_vacuum_above_threshold_it_holds_early_only():
    early = qb.simulate(battery(1.5, noise=1e-5), np.linspace(0, 3, 4), qb.LinearNoise())
    assert early.verdict == "trust"
    late = qb.simulate(battery(1.5, noise=1e-5), np.linspace(0, 25, 26), qb.LinearNoise())
    assert late.verdict == "doubt"
    assert "The mean field is unstable: fluctuations about it grow at the rate 0.25" in reasons(late)
    assert 'Use LinearNoise(about="branch")' in reasons(late)
    assert (late.mean_field == 0).sel(mode="signal").all()
    assert (np.diff(late.energy.values) > 0).all()
    much_later = qb.simulate(battery(3.0), [0.0, 6.0, 100.0], qb.LinearNoise())
    assert much_later.verdict == "reject"
    assert "grown beyond all bounds before t = 100" in reasons(much_later)
    assert "The mean field is unstable" in reasons(much_later)
    assert np.isnan(much_later.energy.values).tolist() == [False, False, True]


def test_near_threshold_it_is_doubted():
    for ratio in (0.97, 1.03):
        run = qb.simulate(battery(ratio), TIMES, qb.LinearNoise("branch"))
        assert run.verdict == "doubt"
        assert "linear theory is too coarse from t = 0 on" in reasons(run)
        assert "The mean field is unstable" not in reasons(run)


def test_the_steady_state_has_two_branches_where_parity_is_kept():
    run = qb.simulate(battery(1.5, noise=1e-3, theta=1.0), TIMES, qb.LinearNoise("branch"))
    assert run.verdict == "trust"
    assert (run.branches == 2).all()
    assert (run.mean_field.sel(mode="signal") == 0).all()
    assert "charging_power" not in run
    below = qb.simulate(battery(0.5, noise=1e-3), TIMES, qb.LinearNoise("branch"))
    assert (below.branches == 1).all()
    assert below.energy.values == pytest.approx(0.25 / 1.5, rel=1e-10)


def test_a_branch_follows_the_drive_from_its_steady_state():
    """The pump stops at t = 2: before, nothing moves; after, the amplitude decays as the mean field does."""
    parameters = battery(1.5, noise=1e-3)
    switched = qb.DopoBattery(qb.SwitchedOff(parameters.pump, 2.0), kappa=parameters.kappa)
    run = qb.simulate(switched, [0.0, 2.0, 2.5, 4.0, 12.0], qb.LinearNoise("branch"))
    still = qb.simulate(parameters, [0.0, 2.0], qb.LinearNoise("branch"))
    assert run.energy.values[:2] == pytest.approx(still.energy.values, rel=1e-9)
    assert (np.diff(run.energy.values[1:]) < 0).all()
    assert run.energy.values[-1] / run.energy.values[-2] == pytest.approx(np.exp(-8.0), rel=0.3)
    sampled = qb.simulate(switched_late(parameters), [62.5, 64.0], qb.PositiveP(3_000, rng=2))
    for name in ("energy", "passive_energy"):
        excess = np.abs(run[name].values[2:4] - sampled[name].values) - run[f"{name}_estimator_error"].values[2:4]
        assert (excess < 4.2 * sampled[f"{name}_stderr"].values).all()


def switched_late(parameters):
    """The same battery charged from vacuum, its pump on for 60 more units of time."""
    return qb.DopoBattery(qb.SwitchedOff(parameters.pump, 62.0), kappa=parameters.kappa)


CHAIN = qb.modes("a", "b", "c", "d", "e", "f", "g")
a = CHAIN[0]


def test_without_parity_a_single_gaussian_with_a_mean():
    """A driven cavity stays coherent."""
    driven = qb.OpenSystem(2.0 * (a + a.dag), {a: 1.0})
    for about in ("start", "branch"):
        run = qb.simulate(driven, [0.0, 40.0], qb.LinearNoise(about))
        assert run.verdict == "trust"
        assert run.mean_field.values[-1, 0] == pytest.approx(-4j)
        assert run.ergotropy.values[-1] == pytest.approx(16.0)
        assert run.pair_number.values[-1, 0] == pytest.approx(256.0)


def test_a_coherent_start_chooses_its_branch():
    parameters, (signal, _) = battery(1.5, noise=1e-3), qb.modes("signal", "pump")
    declared = parameters.system()
    started = qb.OpenSystem(declared.hamiltonian, declared.loss, start={signal: 5.0})
    run, steady = qb.simulate(started, [0.0, 60.0], qb.LinearNoise()), qb.LinearNoise("branch")
    both = qb.simulate(parameters, [60.0], steady)
    assert run.verdict == "trust"
    assert (run.branches == 1).all()
    assert run.energy.values == pytest.approx([25.0, both.energy.values[0]], rel=1e-9)
    assert run.mean_field.values[-1, 0].real == pytest.approx(np.sqrt(500.0), rel=1e-8)
    # Not knowing the branch costs ν more quanta: 2(ν − ½) + ½ in place of ν − ½.
    nu = float(run.passive_energy[-1]) + 0.5
    assert float(both.passive_energy[0] - run.passive_energy[-1]) == pytest.approx(nu, abs=1e-7)


def test_bistability_is_doubted():
    kerr = -3.0 * a.dag * a + 0.025 * a.dag**2 * a**2 + 5.0 * (a + a.dag)
    run = qb.simulate(qb.OpenSystem(kerr, {a: 1.0}), [1.0], qb.LinearNoise("branch"))
    assert run.verdict == "doubt"
    assert "the mean field has 1 more stable fixed point;" in reasons(run)
    assert float(run.energy[0]) > 60


def test_many_modes_are_not_checked():
    hopping = sum((x.dag * y + y.dag * x for x, y in pairwise(CHAIN)), 1.0 * (a + a.dag))
    run = qb.simulate(qb.OpenSystem(hopping, dict.fromkeys(CHAIN, 1.0)), [5.0], qb.LinearNoise())
    assert run.verdict == "doubt"
    assert "whether the fluctuations are small was not checked" in reasons(run)
    assert "energy_estimator_error" not in run


def test_what_escapes_is_rejected():
    escaping = qb.OpenSystem(0.5j * (a.dag**3 - a**3), {a: 1.0}, start={a: 2.0})
    run = qb.simulate(escaping, [0.01, 5.0], qb.LinearNoise())
    assert run.verdict == "reject"
    assert "grown beyond all bounds before t = 5" in reasons(run)
    assert np.isnan(run.energy.values[1])


def test_nothing_to_linearise_about():
    with pytest.raises(ValueError, match='`about` must be "start" for a system without a stable fixed point'):
        qb.simulate(battery(1.0), TIMES, qb.LinearNoise("branch"))
    with pytest.raises(ValueError, match="without a stable fixed point"):
        qb.simulate(qb.OpenSystem(a.dag * a, {a.dag: 1.0}), TIMES, qb.LinearNoise("branch"))


@pytest.mark.parametrize(("about", "error"), [("vacuum", ValueError), (3, TypeError), (None, TypeError)])
def test_refusals(about, error):
    with pytest.raises(error, match=r'`about` must be "start" or "branch", got'):
        qb.LinearNoise(about)


def test_a_fault_in_the_decay_moves_the_threshold(monkeypatch):
    """Negative control of the branch: the fixed point is no longer one."""
    plant(monkeypatch, halved_decay)
    run = qb.simulate(battery(1.5, noise=1e-3), [1.0], qb.LinearNoise("branch"))
    assert float(run.energy[0]) > 1.5 * 500
