"""Asking for accuracy: a target standard error, error bars of the step, common random numbers, refusals of schemes."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import StepPair
from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun
from phasespace_qb.phase_space.moments import STORAGE_MODE, MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out

TIMES = np.linspace(1.0, 10.0, 10)


def test_a_target_is_reached_by_doubling_and_not_overshot_by_more():
    loose = qb.simulate(qb.DopoBattery(pump=1.5), [2.0, 4.0], qb.PositiveP(target_stderr=0.02, rng=5))
    tight = qb.simulate(qb.DopoBattery(pump=1.5), [2.0, 4.0], qb.PositiveP(target_stderr=0.004, rng=5))
    for run, target in ((loose, 0.02), (tight, 0.004)):
        assert float(run.energy_stderr.max()) <= target
        assert run.attrs["trajectories"] % (20 * 1024) == 0
    rounds = tight.attrs["trajectories"] // (20 * 1024)
    assert rounds > 1
    assert rounds & (rounds - 1) == 0
    # Half as many blocks were not enough: they are the first half of the same run.
    half = qb.simulate(qb.DopoBattery(pump=1.5), [2.0, 4.0], qb.PositiveP(10 * rounds * 1024, rng=5))
    assert float(half.energy_stderr.max()) > 0.004


def test_rounds_add_up_to_the_same_bits_as_one_run():
    target = qb.simulate(qb.DopoBattery(), [1.0], qb.PositiveP(target_stderr=0.002, rng=6))
    count = target.attrs["trajectories"]
    assert ensemble.block_size(count) == 1024
    whole = qb.simulate(qb.DopoBattery(), [1.0], qb.PositiveP(count, rng=6, step=target.attrs["step"]))
    assert whole.energy.values.tobytes() == target.energy.values.tobytes()


def test_a_target_and_a_number_exclude_each_other():
    with pytest.raises(ValueError, match=r"`trajectories` must be left out with target_stderr, got 100\. Give one"):
        qb.PositiveP(100, target_stderr=0.1)
    with pytest.raises(ValueError, match=r"`target_stderr` must be a finite positive number of quanta, got -1\.0"):
        qb.PositiveP(target_stderr=-1)


def step_pairs(integrator, step, trajectories=20_480, seed=3):
    """⟨…⟩ of all moments of both modes at `step` and at twice that, on the same numbers: (difference, its error)."""
    battery = qb.DopoBattery(pump=2.4)
    equations = PositivePRules().equations(battery.system()).to(integrator.calculus)
    program = ensemble.compile_program(equations, integrator, plan(TIMES, [], step, even=True), companion=True)
    reader = MomentReader(equations, 0)
    moments = reader.accumulator(len(TIMES))
    sums = ensemble.run(program, [StepPair(moments)], trajectories, Address(seed), block=128)[0]
    left_out, counts = with_each_left_out(sums), sums[:, 0, 0, 0, 0]
    keys = [(mode, m, n) for mode in (0, 1) for m, n in STORAGE_MODE[:4]]
    fine, coarse = (
        np.stack([reader.moment(left_out[:, half], moments, *key).real for key in keys], axis=1) for half in (0, 1)
    )
    return jackknife(coarse - fine, counts)


@pytest.mark.parametrize(("integrator", "steps"), [(EulerMaruyama(), (0.04, 0.02, 0.01)), (Heun(), (0.08, 0.04, 0.02))])
def test_the_step_error_bar_covers_the_true_step_error(integrator, steps):
    """The bar is what `_step_error` reports; the truth is the sum of the differences at all smaller steps."""
    differences = {step: step_pairs(integrator, step) for step in (*steps, steps[-1] / 2, steps[-1] / 4)}
    covered = []
    for step in steps:
        bar = np.abs(differences[step][0]) + differences[step][1]
        truth = np.sum([shift for finer, (shift, _) in differences.items() if finer < step], axis=0)
        covered.append(np.abs(truth) <= bar)
    moving = np.array(covered)[:, [0, 1, 2, 3, 4, 5, 6, 7], :]
    assert moving.mean() >= 0.9
    # A bar of a quarter of that size would not cover.
    quarter = [
        np.abs(np.sum([s for finer, (s, _) in differences.items() if finer < step], axis=0))
        <= 0.25 * np.abs(differences[step][0])
        for step in steps
    ]
    assert np.mean(quarter) < 0.9


def test_step_errors_are_reported_for_every_estimate_and_shrink_with_the_step():
    long, short = (
        qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(20_480, rng=2, step=step)) for step in (0.08, 0.02)
    )
    for name in ("energy", "ergotropy", "mean_field", "pair_number", "quadrature_covariance", "charging_power"):
        assert long[f"{name}_step_error"].shape == long[name].shape
    assert float(short.energy_step_error.mean()) < 0.3 * float(long.energy_step_error.mean())
    assert short.verdict == "trust"
    crude = qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(81_920, rng=2, step=0.12, integrator=qb.EulerMaruyama()))
    assert crude.verdict == "doubt"
    assert "step changes the energy" in crude.verdict_reasons


def test_the_same_seed_gives_common_random_numbers_across_parameters():
    """The scatter of a difference of two pumps, over seeds, with common and with independent numbers."""

    def energy(pump, seed):
        return float(qb.simulate(qb.DopoBattery(pump=pump), [3.0], qb.PositiveP(2_560, rng=seed)).energy[0])

    common = [energy(2.02, seed) - energy(2.0, seed) for seed in range(8)]
    independent = [energy(2.02, seed) - energy(2.0, 100 + seed) for seed in range(8)]
    assert np.std(common) < 0.2 * np.std(independent)


def test_schemes_and_noises_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"`integrator` must be able to solve this system, got BoundedTwoPoint\(\)"):
        qb.simulate(qb.DopoBattery(), [1.0], qb.PositiveP(2_560, integrator=qb.BoundedTwoPoint()))
    with pytest.raises(ValueError, match=r"`noise` must be Noise\.GAUSSIAN or Noise\.FOUR_POINT for Heun"):
        qb.PositiveP(noise=qb.Noise.UNIFORM)


def test_every_scheme_and_noise_gives_the_same_physics():
    """Different calculi, orders and noises, one answer within errors."""
    battery, times = qb.DopoBattery(pump=2.2), [2.0, 6.0]
    chosen = [
        qb.PositiveP(40_960, rng=1, integrator=qb.EulerMaruyama(), step=0.005),
        qb.PositiveP(40_960, rng=2, noise=qb.Noise.FOUR_POINT),
        qb.PositiveP(40_960, rng=3, integrator=qb.Midpoint(), step=0.01),
        qb.PositiveP(40_960, rng=4, integrator=qb.ExponentialHeun()),
    ]
    reference = qb.simulate(battery, times, qb.PositiveP(163_840, rng=5))
    for method in chosen:
        run = qb.simulate(battery, times, method)
        error = np.hypot(run.energy_stderr, reference.energy_stderr) + run.energy_step_error
        assert (np.abs(run.energy - reference.energy) < 4 * error).all(), method.integrator


def test_a_driven_kerr_cavity_where_positive_p_holds_and_where_it_does_not():
    """N = (2F/U)²/|c|² · ₀F₂(1+c, 1+c*; z)/₀F₂(c, c*; z), Drummond and Walls 1980; 20.81757 at the second point."""
    (a,) = qb.modes("a")

    def cavity(delta, kerr, drive):
        hamiltonian = -delta * a.dag * a + 0.5 * kerr * a.dag**2 * a**2 + drive * (a.dag + a)
        return qb.OpenSystem(hamiltonian, {a: 1.0})

    def exact(delta, kerr, drive):
        c, z = (-2 * delta - 1j) / kerr, 2 * (2 * drive / kerr) ** 2

        def series(x, y):
            terms, term = [1.0], 1.0
            for k in range(500):
                term = term * z / ((x + k) * (y + k) * (k + 1))
                terms.append(term)
            return np.sum(terms)

        ratio = series(1 + c, 1 + c.conjugate()) / series(c, c.conjugate())
        return float(((2 * drive / kerr) ** 2 / abs(c) ** 2 * ratio).real)

    assert exact(1.0, 0.05, 2.4) == pytest.approx(20.81757, abs=5e-6)
    good = qb.simulate(cavity(0.0, 0.02, 1.5), [20.0], qb.PositiveP(20_000, rng=1))
    assert abs(float(good.energy[0]) - exact(0.0, 0.02, 1.5)) < 4 * float(good.energy_stderr[0])
    bad = qb.simulate(cavity(1.0, 0.05, 2.4), [20.0], qb.PositiveP(20_000, rng=2))
    assert bad.verdict == "reject"
    assert np.isnan(bad.energy[0])
