"""Every number that a result trusts agrees with every other result that trusts its own: errors of single numbers."""

import itertools

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.lindblad.accuracy import _of_late, _over_neighbours, step_errors
from phasespace_qb.lindblad.run import Run
from phasespace_qb.results.comparison import COMPARED
from phasespace_qb.results.differences import differences

TIMES = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0])
LADDERS = {
    1.0: [(16, 8), (20, 8), (24, 8), (28, 8), (24, 10), (32, 10), (44, 14)],
    0.5: [(20, 8), (24, 10), (30, 10), (30, 16), (40, 12)],
}


def overruns(one, other):
    """The largest difference over its stated errors of each quantity that both have."""
    shared = [name for name in COMPARED if name in one and name in other]
    return {name: differences(name, one, other).overrun for name in shared}


def trusted_pairs(runs):
    trusted = [run for run in runs if run.attrs["verdict"] == "trust"]
    assert len(trusted) > 2
    return list(itertools.combinations(trusted, 2))


@pytest.mark.parametrize("kappa", LADDERS)
def test_trusted_steady_states_agree(kappa):
    battery = qb.DopoBattery(2.0, kappa=kappa)
    pairs = trusted_pairs([qb.steady_state(battery, qb.Lindblad(c), slow_modes=False) for c in LADDERS[kappa]])
    for one, other in pairs:
        found = overruns(one, other)
        assert max(found.values()) <= 1, (one.attrs["cutoffs"], other.attrs["cutoffs"], found)


@pytest.mark.parametrize(
    "battery",
    [
        qb.DopoBattery(2.0, kappa=1.0),
        qb.DopoBattery(2.0, kappa=0.5),
        qb.DopoBattery(qb.SwitchedOff(2.0, at=6.0), kappa=1.0),
        pytest.param(qb.DopoBattery(2.0 * np.exp(0.7j), kappa=1.0, detuning=0.4), marks=pytest.mark.slow),
    ],
    ids=["strong", "weak", "switched off", "detuned"],
)
def test_trusted_runs_agree(battery):
    pairs = trusted_pairs([qb.simulate(battery, TIMES, qb.Lindblad(c)) for c in LADDERS[battery.kappa]])
    for one, other in pairs:
        assert qb.agreement(one, other).attrs["verdict"] == "agree", overruns(one, other)
    # The negative control: another battery has no such errors.
    wrong = qb.simulate(qb.DopoBattery(2.02, kappa=battery.kappa), TIMES, qb.Lindblad(LADDERS[battery.kappa][-1]))
    assert max(overruns(pairs[-1][1], wrong).values()) > 2


def test_errors_of_the_past_are_forgotten_with_the_state():
    """After the switch-off all that is left of an error decays, and its estimate with it."""
    battery = qb.DopoBattery(qb.SwitchedOff(2.0, at=6.0), kappa=1.0)
    run = qb.simulate(battery, [2.0, 6.0, 12.0, 20.0], qb.Lindblad((24, 8)))
    error = run.energy_cutoff_error.values
    assert error[3] < 1e-4 * error[1]
    assert (error / run.energy.values < 0.02).all()


def test_a_maximum_over_earlier_times_and_over_neighbours():
    errors = np.array([[4.0 + 1j], [1.0 + 3j], [0.0 + 0j]])
    late = _of_late(errors, np.array([0.0, 1.0, 3.0]), np.log(2.0))
    assert late[:, 0] == pytest.approx([4 + 1j, 2 + 3j, 0.5 + 0.75j])
    elements = np.zeros((1, 6, 6))
    elements[0, 3, 1] = 1.0
    rows, columns = np.nonzero(_over_neighbours(elements)[0])
    assert sorted(zip(rows, columns, strict=True)) == [(2, 0), (3, 1), (4, 2), (5, 3)]
    whole = _over_neighbours(np.arange(1.0, 37).reshape(1, 6, 6) * 1j)
    assert whole[0, 0, 0] == 15j
    assert whole[0, 5, 5] == 36j


def test_elements_that_symmetry_forbids_have_no_error():
    run = qb.simulate(qb.DopoBattery(2.0, kappa=1.0), TIMES[:6], qb.Lindblad((24, 8)))
    error = run.density_matrix_cutoff_error.values
    odd = np.subtract.outer(np.arange(24), np.arange(24)) % 2 == 1
    assert (error[:, odd] == 0).all()
    assert (error[1:, ~odd] > 0).all()
    assert (run.mean_field_cutoff_error.sel(mode="signal") == 0).all()
    assert (run.number_distribution_cutoff_error.values == np.diagonal(error, axis1=1, axis2=2)).all()


def test_the_time_of_the_largest_power_has_a_step_error():
    exact = qb.simulate(qb.DopoBattery(1.5), TIMES, qb.Lindblad((20, 8), tolerance=1e-10))
    rough = qb.simulate(qb.DopoBattery(1.5), TIMES, qb.Lindblad((20, 8), tolerance=1e-3))
    moved = abs(float(exact.maximum_power_time - rough.maximum_power_time))
    assert moved <= float(rough.maximum_power_time_step_error)
    assert 0 < float(exact.maximum_power_time_step_error) < float(rough.maximum_power_time_step_error)


def test_two_maxima_that_may_be_the_largest():
    times, power = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.5, 0.9999, 0.0])
    values = {
        "charging_power": power,
        "number_distribution": np.zeros((5, 2)),
        **dict.fromkeys(("mean_field", "photon_number", "pair_amplitude", "pair_number"), np.zeros((5, 1))),
        **dict.fromkeys(("quadrature_covariance", "density_matrix"), np.zeros((5, 2, 2))),
        **dict.fromkeys(("energy", "passive_energy", "ergotropy"), np.zeros(5)),
        **dict.fromkeys(("ergotropy_coherent", "ergotropy_incoherent"), np.zeros(5)),
    }
    far, near = (
        float(step_errors(values, Run((2,), [], np.full(5, e), {}), times)["maximum_power_time_step_error"])
        for e in (1e-3, 1e-5)
    )
    assert far == 2.0
    assert 0 < near < 1e-3
