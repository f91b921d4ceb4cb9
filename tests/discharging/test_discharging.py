"""From results of every method to a load: values, errors that cover, and what is known of them."""

from functools import cache

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.discharging.disconnection import Disconnected, disconnected
from phasespace_qb.discharging.response import load_response
from phasespace_qb.states.branches import TwoBranchState
from tests.runs import paper_run

PAPER = qb.DopoBattery(pump=3.0)
STRONG = qb.DopoBattery(pump=3.0, kappa=1.5)
COUPLINGS = (3.0, 6.5, 10.0, 13.5, 17.0)


@cache
def _exact(battery, last, cutoffs):
    return qb.simulate(battery, np.linspace(0, last, 6), qb.Lindblad(cutoffs))


def exact(battery=STRONG, last=2.0, cutoffs=(32, 12)):
    """A result of the exact solver at six times; a copy."""
    return _exact(battery, last, cutoffs).copy(deep=True)


def maximum(source, **options):
    """The first maximum of η_a."""
    return float(qb.discharge(source, **options).load_ergotropy_maximum)


def covered(found, name, truth, suffixes=("_estimator_error",)):
    """|found − truth| over the sum of these errors and two standard errors."""
    allowed = sum(float(found.get(f"{name}{suffix}", 0.0)) for suffix in suffixes)
    allowed += 2 * float(found.get(f"{name}_stderr", 0.0))
    return abs(float(found[name]) - truth) / allowed


def moments_only(run):
    """What is left of a result where no number distribution was sampled, with the shape that trajectories report."""
    n = run["n"].values
    triples = run["number_distribution"].values @ (n * (n - 1) * (n - 2.0))
    signal = run.sel(mode="signal")
    from phasespace_qb.work.fit_error import fit_error

    pairs = signal.pair_number.values
    state = TwoBranchState.from_moments(signal.photon_number.values, signal.pair_amplitude.values, pairs)
    bare = run.drop_vars([name for name in run if "distribution" in name or "matrix" in name or "_error" in name])
    bare["non_gaussianity"] = ("time", fit_error(state, pairs, triples).non_gaussianity)
    return bare


# The paper


def test_the_papers_figure_8_at_its_cutoffs():
    charged = exact(PAPER, 10.0, (32, 9))
    runs = [qb.discharge(charged, coupling=g) for g in COUPLINGS]
    heights = [float(run.load_ergotropy_maximum) for run in runs]
    assert heights == pytest.approx([0.372, 0.419, 0.433, 0.440, 0.444], abs=6e-4)
    assert {round(run.attrs["strong_coupling_limit"], 3) for run in runs} == {0.459}
    assert runs[0].attrs["verdict"] == "doubt"
    assert "of the charging: the cutoffs (32, 9) are too low" in runs[0].attrs["verdict_reasons"]
    # The error of the cutoffs covers the converged value without being empty.
    assert covered(runs[2], "load_ergotropy_maximum", 0.44284, ["_cutoff_error"]) < 1
    assert float(runs[2].load_ergotropy_maximum_cutoff_error) < 0.2


@pytest.mark.slow
def test_figure_8_with_converged_cutoffs():
    charged = exact(PAPER, 10.0, (56, 14))
    heights = [maximum(charged, coupling=g) for g in COUPLINGS]
    assert heights == pytest.approx([0.382, 0.429, 0.443, 0.450, 0.453], abs=6e-4)
    run = qb.discharge(charged)
    assert run.attrs["strong_coupling_limit"] == pytest.approx(0.468, abs=6e-4)
    assert run.attrs["verdict"] == "trust"


@pytest.mark.parametrize("cutoffs", [(22, 10), (24, 10), (28, 10)])
def test_the_cutoff_error_covers_what_low_cutoffs_cost(cutoffs):
    truth, low = qb.discharge(exact()), qb.discharge(exact(cutoffs=cutoffs))
    for name in ("load_ergotropy_maximum", "load_ergotropy_maximum_time"):
        assert 0.02 < covered(low, name, float(truth[name]), ["_cutoff_error", "_step_error"]) < 1


def test_a_rejected_source_has_no_error_bars_and_gives_a_rejected_discharge():
    low = qb.discharge(exact(cutoffs=(14, 6)))
    assert low.attrs["verdict"] == "reject"
    assert not np.isfinite(low.load_ergotropy_maximum_cutoff_error)


# Sources


def test_a_density_matrix_and_the_result_it_comes_from_give_the_same():
    charged = exact().isel(time=slice(0, 5))
    matrix = qb.DensityMatrix(charged.density_matrix.values[3])
    times = np.linspace(0, 0.3, 41)
    of_result = qb.discharge(charged, times, at=float(charged.time[3]))
    of_matrix = qb.discharge(matrix, times)
    for name in ("energy", "ergotropy", "load_excitation", "load_ergotropy"):
        assert of_result[name].values == pytest.approx(of_matrix[name].values, abs=1e-6)
    assert of_matrix.attrs["method"] == "discharge from a density matrix"
    assert of_result.attrs["disconnected_at"] == float(charged.time[3])
    assert "_cutoff_error" in " ".join(of_result)
    assert "_cutoff_error" not in " ".join(of_matrix)


def test_a_result_survives_the_disk_before_and_after(tmp_path):
    charged = exact()
    found = qb.discharge(charged)
    assert qb.discharge(qb.load(qb.save(charged, tmp_path / "charge.nc"))).identical(found)
    assert qb.load(qb.save(found, tmp_path / "discharge.nc")).identical(found)


@pytest.mark.slow
def test_the_phase_of_the_pump_is_no_matter():
    turned = qb.simulate(qb.DopoBattery(pump=3j, kappa=1.5), exact().time.values, qb.Lindblad((32, 12)))
    found, expected = qb.discharge(turned), qb.discharge(exact())
    for name in ("ergotropy", "load_ergotropy"):
        assert found[name].values == pytest.approx(expected[name].values, abs=1e-5)


def test_a_steady_state_at_infinity_can_be_discharged():
    found = qb.discharge(exact().isel(time=[-1]).assign_coords(time=[np.inf]))
    assert found.attrs["disconnected_at"] == np.inf
    assert found.attrs["charging_ergotropy"] == pytest.approx(float(found.ergotropy[0]), abs=1e-9)


@pytest.mark.slow
def test_a_battery_with_a_mean_field_gives_coherence_to_its_load():
    """A driven cavity is in a coherent state; the load's ergotropy exceeds 2P_e − 1."""
    (a,) = qb.modes("cavity")
    cavity = qb.OpenSystem(0.8 * (a + a.dag), loss={a: 1.0})
    times = np.linspace(0, 6, 4)
    after = np.linspace(0, 0.4, 41)
    truth = qb.discharge(qb.simulate(cavity, times, qb.Lindblad(24)), after)
    found = qb.discharge(qb.simulate(cavity, times, qb.LinearNoise()), after)
    assert "strong_coupling_limit" not in truth.attrs
    assert float((truth.load_ergotropy - np.maximum(2 * truth.load_excitation - 1, 0)).max()) > 0.2
    assert found.load_ergotropy.values == pytest.approx(truth.load_ergotropy.values, abs=1e-5)
    assert found.ergotropy.values == pytest.approx(truth.ergotropy.values, abs=1e-4)


@pytest.mark.parametrize("last", [1.0, 2.0])
def test_the_estimator_error_covers_what_two_branches_miss(last):
    run = exact(last=last)
    for time in run.time.values[1:]:
        options = {"at": float(time), "times": np.linspace(0, 0.3, 121)}
        truth, found = qb.discharge(run, **options), qb.discharge(moments_only(run), **options)
        gap = np.maximum.accumulate(np.abs(found.load_excitation - truth.load_excitation).values)
        assert (gap <= found.load_excitation_estimator_error.values + 1e-6).all()
    # And is of the size of what it covers.
    assert float(found.load_excitation_estimator_error.max()) < 10 * gap.max()


@pytest.mark.slow
@pytest.mark.parametrize("pump", [1.0, 2.2, 3.0])
def test_the_estimator_error_covers_over_whole_charging_curves(pump):
    run = qb.simulate(qb.DopoBattery(pump), [1.0, 2, 4, 6, 8, 10, 12, 15, 20, 30], qb.Lindblad((64, 14)))
    for time in run.time.values:
        options = {"at": float(time), "times": np.linspace(0, 0.2, 201)}
        truth, found = qb.discharge(run, **options), qb.discharge(moments_only(run), **options)
        gap = np.maximum.accumulate(np.abs(found.load_excitation - truth.load_excitation).values)
        assert (gap <= found.load_excitation_estimator_error.values + 1e-6).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("battery", "cutoffs"),
    [(STRONG, (36, 14)), (qb.DopoBattery(2.0, 1.0), (36, 12)), (qb.DopoBattery(1.5, 1.5), (28, 10))],
)
def test_closed_forms_of_the_steady_state_know_how_far_they_are_off(battery, cutoffs):
    truth = qb.discharge(qb.steady_state(battery, qb.Lindblad(cutoffs)), np.linspace(0, 0.3, 201))
    eliminated = qb.simulate(battery, [10.0], qb.EliminatedSteadyState())
    found = qb.discharge(eliminated, np.linspace(0, 0.3, 201))
    assert covered(found, "load_ergotropy_maximum", float(truth.load_ergotropy_maximum)) < 1
    assert (np.abs(found.load_excitation - truth.load_excitation) <= found.load_excitation_estimator_error + 1e-4).all()
    linear = qb.discharge(qb.simulate(battery, [10.0], qb.LinearNoise("branch")), np.linspace(0, 0.3, 201))
    assert covered(linear, "load_ergotropy_maximum", float(truth.load_ergotropy_maximum)) < 1


# Trajectories


def test_trajectories_use_the_numbers_that_they_sampled():
    """The excitation of the load knows no shape of the state; two Gaussian branches would give 0.04 more."""
    run = paper_run()
    found = disconnected(run, None)
    sampled = run.number_distribution.values[-1]
    assert found.numbers == pytest.approx(sampled / sampled.sum())
    assumed = found.state.number_distribution()
    response = load_response(max(len(assumed), len(sampled)), np.linspace(0, 0.1, 101), 10.0, 1.0, 1.0, 0.0)
    from_numbers = (response[:, : len(sampled)] @ sampled).max()
    from_branches = (response[:, : len(assumed)] @ assumed).max()
    assert from_branches - from_numbers > 0.02
    discharged = qb.discharge(run)
    assert float(discharged.load_excitation.max()) == pytest.approx(from_numbers, abs=0.002)
    # The battery's own parts of the ergotropy come from the branches, and say how far those are off.
    missed = abs(float(discharged.ergotropy_incoherent[0] - run.ergotropy_incoherent[-1]))
    assert missed > 0.01
    assert float(discharged.ergotropy_incoherent_estimator_error[0]) >= missed


@pytest.mark.slow
def test_positive_p_agrees_with_the_exact_source_and_its_error_bars_are_its_scatter():
    truth = qb.discharge(exact(PAPER, 10.0, (56, 14)), coupling=10)
    runs = [
        qb.discharge(qb.simulate(PAPER, [5.0, 10.0], qb.PositiveP(20_480, rng=seed)), coupling=10) for seed in range(12)
    ]
    for name in ("load_ergotropy_maximum", "load_ergotropy_maximum_time"):
        values = np.array([float(run[name]) for run in runs])
        errors = np.array([float(run[f"{name}_stderr"]) for run in runs])
        steps = np.array([float(run[f"{name}_step_error"]) for run in runs])
        scatter = values.std(ddof=1)
        # χ² with 11 degrees of freedom leaves 0.55 … 1.45 to the scatter; the model of correlations a few per cent.
        assert 0.6 < np.sqrt(np.mean(errors**2)) / scatter < 1.8
        pulls = (values - float(truth[name])) / errors
        assert np.abs(pulls).max() < 4
        assert np.abs(values.mean() - float(truth[name])) < 3 * scatter / np.sqrt(12) + steps.mean()
    branches = [maximum(moments_only_of_trajectories(seed), coupling=10) for seed in range(2)]
    assert branches == pytest.approx([0.51, 0.51], abs=0.02)


def moments_only_of_trajectories(seed):
    run = qb.simulate(PAPER, [5.0, 10.0], qb.PositiveP(20_480, rng=seed))
    return run.drop_vars([name for name in run if name.startswith("number_distribution")])


@pytest.mark.slow
def test_truncated_wigner_uses_its_numbers_and_says_what_two_branches_miss():
    """The number distribution of its density matrix serves the load; without it, two branches are off, and say so."""
    truth = maximum(exact(PAPER, 10.0, (56, 14)), coupling=10)
    charged = [qb.simulate(PAPER, [5.0, 10.0], qb.TruncatedWigner(20_480, rng=seed)) for seed in range(8)]
    runs = [qb.discharge(run, coupling=10) for run in charged]
    values = np.array([float(run.load_ergotropy_maximum) for run in runs])
    assert all(covered(run, "load_ergotropy_maximum", truth) < 1 for run in runs)
    assert np.abs(values - truth).max() < 0.015
    ratio = np.mean([float(run.load_ergotropy_maximum_stderr) for run in runs]) / values.std(ddof=1)
    assert 0.5 < ratio < 4
    numbers = [name for name in charged[0] if name.startswith("number_distribution")]
    fitted = [qb.discharge(run.drop_vars(numbers), coupling=10) for run in charged]
    assert all(covered(run, "load_ergotropy_maximum", truth) < 1 for run in fitted)
    assert min(abs(float(run.load_ergotropy_maximum) - truth) for run in fitted) > 0.03  # there is something to cover


# Errors of a number distribution


def known(numbers, **errors):
    return Disconnected(qb.DensityMatrix(np.diag(numbers)), numbers, "test", **errors)


def test_errors_of_numbers_that_conserve_probability_are_bounded_sharply():
    numbers, weights = np.array([0.5, 0.3, 0.2]), np.array([[0.0, 0.5, 1.0], [0.7, 0.7, 0.7]])
    found = known(numbers, number_errors={"_cutoff_error": np.array([0.1, 0.0, 0.1])})
    # Δp = (0.1, 0, −0.1) changes Σ w p by 0.1 and nothing can do more; equal weights are immune.
    assert found.errors_of(weights)["_cutoff_error"] == pytest.approx([0.1, 0.0])


def test_sampling_errors_are_those_of_poisson_mixtures():
    """Numbers as a positive-P ensemble on the real manifold samples them: averages of Poisson distributions."""
    rng, n = np.random.default_rng(3), np.arange(60)
    from scipy.special import gammaln

    def sample():
        intensity = np.abs(rng.normal(3.0, 1.0, 2_000)) ** 2
        each = np.exp(n * np.log(intensity[:, None]) - intensity[:, None] - gammaln(n + 1))
        return each.mean(axis=0), each.std(axis=0) / np.sqrt(len(each))

    weights = load_response(60, np.array([0.01, 0.03, 0.05, 0.1]), 10.0, 1.0, 1.0, 0.0)
    draws = [sample() for _ in range(200)]
    scatter = np.std([weights @ p for p, _ in draws], axis=0)
    p, sizes = draws[0]
    found = known(p / p.sum(), number_errors={"_stderr": sizes}).errors_of(weights)["_stderr"]
    assert found / scatter == pytest.approx(1.0, abs=0.3)
    independent = np.sqrt((weights**2) @ sizes**2)
    assert np.abs(independent / scatter - 1).max() > 0.5  # without correlations


def test_errors_of_moments_act_as_their_moment_does():
    """A weight that is a polynomial of degree k − 1 does not feel the k-th moment; n^k feels all of it."""
    n = np.arange(40.0)
    numbers = np.exp(-((n - 15) ** 2) / 30)
    numbers /= numbers.sum()
    for order in (1, 2, 3):
        weights = np.stack([0.01 * n ** (order - 1), 1e-4 * n**order])
        found = known(numbers, moment_errors={"_estimator_error": [(order, 0.5)]}).errors_of(weights)
        assert found["_estimator_error"] == pytest.approx([0.0, 0.5e-4], abs=1e-10)
