"""States over time against dense exponentials: errors, switches, saved times, units, and states at rest."""

import threading

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.linalg import expm

import phasespace_qb as qb
from phasespace_qb.lindblad.propagation import SAVES, Propagator
from phasespace_qb.lindblad.run import Start, _initial
from tests.lindblad import cases

(CAVITY,) = qb.modes("cavity")
CUTOFFS = (6, 4)
ROUNDING = 2e-13
TOLERANCES = (1e-3, 1e-4, 1e-6, 1e-8, 1e-10)


def battery(**changes):
    return qb.DopoBattery(**({"pump": 1.3, "kappa": 0.8, "gamma_p": 6.0} | changes)).system()


def propagated(system, times, tolerance, cutoffs=CUTOFFS):
    """Whole density matrices (T, states, states) and their estimated errors (T,), in the solver's modes."""
    stencil = cases.stencil_of(system, cutoffs)
    assert not stencil.generator.phases.any()
    start = _initial(stencil.generator.basis, Start(system.start_amplitudes), stencil.generator.phases).packed(stencil)
    states = list(Propagator.of(stencil).states(start, np.array(times, float), tolerance))
    return np.array([stencil.layout.unpack(state) for state, _ in states]), np.array([error for _, error in states])


def vacuum(cutoffs=CUTOFFS):
    rho = np.zeros(int(np.prod(cutoffs)) ** 2, complex)
    rho[0] = 1.0
    return rho


def exact(system, times, cutoffs=CUTOFFS):
    """Density matrices from vacuum by the exponential of the dense Liouvillian."""
    generator = cases.liouvillian(system, cutoffs)
    size = int(np.prod(cutoffs))
    return np.array([(expm(t * generator) @ vacuum(cutoffs)).reshape(size, size) for t in times])


def norms(difference):
    return np.linalg.norm(difference, axis=(1, 2))


# -- errors --


@pytest.fixture(scope="module", params=[0.0, 0.4], ids=["resonant", "detuned"])
def known(request):
    times = np.array([0.004, 0.05, 0.3, 1.0, 2.5])
    system = battery(detuning=request.param)
    return system, times, exact(system, times)


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_the_estimated_error_is_never_below_the_true_one(known, tolerance):
    system, times, expected = known
    states, estimated = propagated(system, times, tolerance)
    true = norms(states - expected)
    with np.printoptions(formatter={"float": "{:.1e}".format}):
        print(f"tolerance {tolerance:.0e}: true {true}, estimated {estimated}")
    assert (true <= estimated + ROUNDING).all()
    assert estimated[-1] <= tolerance * (1 + 1e-12)
    assert (np.diff(estimated) >= 0).all()


def test_the_step_error_of_the_energy_covers(known):
    system, times, expected = known
    numbers = np.repeat(np.arange(CUTOFFS[0]), CUTOFFS[1])
    energy = np.einsum("tnn,n->t", expected, numbers).real
    for tolerance in TOLERANCES:
        run = qb.simulate(system, times, qb.Lindblad(cutoffs=CUTOFFS, tolerance=tolerance))
        assert (np.abs(run.energy.values - energy) <= run.energy_step_error.values + ROUNDING).all()


def test_a_loose_tolerance_is_used(known):
    """Otherwise the tests above would pass with a solver that is exact at any cost."""
    system, times, expected = known
    assert norms(propagated(system, times, 0.1)[0] - expected).max() > 1e-9


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_a_drive_that_varies_is_followed_within_its_error(tolerance):
    system = battery(pump=qb.SmoothSwitch(0.3, 1.6, at=1.2, duration=0.4))
    times, size = np.array([0.5, 1.1, 3.0]), int(np.prod(CUTOFFS))

    def rate(t, y):
        return cases.dense_rate(system, CUTOFFS, y.reshape(size, size), t).ravel()

    done = solve_ivp(rate, (0.0, 3.0), vacuum(), "DOP853", times, rtol=1e-12, atol=1e-14)
    states, estimated = propagated(system, times, tolerance)
    true = norms(states - done.y.T.reshape(3, size, size))
    with np.printoptions(formatter={"float": "{:.1e}".format}):
        print(f"tolerance {tolerance:.0e}: true {true}, estimated {estimated}")
    assert (true <= estimated + 1e-11).all()
    assert estimated[-1] <= tolerance * (1 + 1e-12)


# -- drives --


def test_a_switch_is_stepped_on():
    on, off = (cases.liouvillian(battery(pump=pump), CUTOFFS) for pump in (2.0, 0.0))
    states, _ = propagated(battery(pump=qb.SwitchedOff(2.0, at=0.7)), [0.7, 1.6], 1e-10)
    middle = expm(0.7 * on) @ vacuum()
    for state, expected in zip(states, (middle, expm(0.9 * off) @ middle), strict=True):
        assert np.abs(state.ravel() - expected).max() < 1e-11
    later = expm(0.89 * off) @ expm(0.71 * on) @ vacuum()
    assert np.abs(states[1].ravel() - later).max() > 1e-3


def displaced(times, centre, width):
    """⟨a⟩² of a cavity of loss 1 after H = i f (a† − a), f = exp[−((t − centre)/width)²]."""
    begin = centre - 8 * width

    def fed(t):
        return quad(lambda s: np.exp(-(((s - centre) / width) ** 2) - (t - s) / 2), begin, min(t, centre + 8 * width))[
            0
        ]

    return np.array([fed(t) ** 2 for t in times])


@pytest.mark.parametrize(("centre", "width"), [(20.0, 0.3), (33.3, 0.2), (37.77, 0.1)])
def test_a_short_pulse_after_a_long_rest_is_not_stepped_over(centre, width):
    pulse = qb.Envelope(lambda t: float(np.exp(-(((t - centre) / width) ** 2))))
    system = qb.OpenSystem(1j * pulse * (CAVITY.dag - CAVITY), {CAVITY: 1.0})
    run = qb.simulate(system, [0.0, 40.0], qb.Lindblad(cutoffs=8, tolerance=1e-8))
    assert run.energy.values == pytest.approx(displaced([0.0, 40.0], centre, width), rel=1e-5)


# -- saved times --


def test_other_saved_times_give_the_same_states():
    method = qb.Lindblad(cutoffs=(8, 5), tolerance=1e-9)
    battery_ = qb.DopoBattery(pump=1.3, kappa=0.8, gamma_p=6.0)
    dense = qb.simulate(battery_, np.linspace(0.0, 4.0, 41), method)
    for times in ([4.0], [1.0, 4.0], [0.0, 0.1, 0.2, 4.0], np.linspace(0.5, 4.0, 8)):
        run = qb.simulate(battery_, times, method)
        for t in times:
            here, there = run.sel(time=t), dense.sel(time=t, method="nearest")
            assert np.abs(here.density_matrix - there.density_matrix).max() < 1e-11


def test_the_start_alone():
    run = qb.simulate(qb.DopoBattery(pump=1.3), [0.0], qb.Lindblad(cutoffs=(8, 5)))
    assert run.energy.values == run.charging_power.values == run.energy_step_error.values == 0.0
    assert run.density_matrix.values[0, 0, 0] == 1.0


def test_two_thousand_saved_times_in_one_step():
    times = np.linspace(1e-5, 5e-3, 2000)
    assert len(times) > 20 * SAVES
    states, errors = propagated(battery(), times, 1e-8)
    assert len(states) == len(times) == len(errors)
    chosen = np.array([0, SAVES - 1, SAVES, SAVES + 1, 1000, 1999])
    assert norms(states[chosen] - exact(battery(), times[chosen])).max() < ROUNDING


# -- units --


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e6, 1e13])
@pytest.mark.parametrize("varying", [False, True])
def test_another_unit_of_rate_changes_nothing(unit, varying):
    def run(unit):
        def pump(t):
            return np.sqrt(unit) * (0.7 + 0.3 * np.sin(3 * unit * t))

        given = qb.Envelope(pump) if varying else pump(0.0)
        battery_ = qb.DopoBattery(pump=given, kappa=unit, gamma_s=unit, gamma_p=9 * unit, detuning=0.4 * unit)
        return qb.simulate(battery_, np.array([0.5, 2.0]) / unit, qb.Lindblad(cutoffs=(10, 6), tolerance=1e-9))

    here, there = run(1.0), run(unit)
    assert np.abs(here.density_matrix.values - there.density_matrix.values).max() < 1e-10
    assert np.abs(here.mean_field.values.imag).max() > 1e-3  # the detuning is seen
    assert here.energy_cutoff_error.values == pytest.approx(there.energy_cutoff_error.values, rel=1e-3)


# -- rest, and the long run --


def cavity_after(loss, times=(0.5, 3.0), amplitude=0.5, **given):
    system = qb.OpenSystem(given.get("hamiltonian", 0 * CAVITY), loss, {CAVITY: amplitude})
    return qb.simulate(system, list(times), qb.Lindblad(cutoffs=14, tolerance=1e-9))


def test_loss_alone_shrinks_a_coherent_state():
    run = cavity_after({CAVITY: 1.0, 0 * CAVITY: 2.0})
    assert run.energy.values == pytest.approx(0.25 * np.exp([-0.5, -3.0]), abs=1e-9)
    assert run.mean_field.values[:, 0] == pytest.approx(0.5 * np.exp([-0.25, -1.5]), abs=1e-9)


@pytest.mark.slow
def test_nothing_happens_without_loss_and_hamiltonian():
    assert cavity_after({CAVITY: 0.0}).energy.values == pytest.approx(0.25, abs=1e-12)


@pytest.mark.slow
def test_without_loss_a_drive_displaces():
    run = cavity_after({CAVITY: 0.0}, (0.2, 0.8), 0.0, hamiltonian=1j * (CAVITY.dag - CAVITY))
    assert run.mean_field.values[:, 0] == pytest.approx([0.2, 0.8], abs=1e-9)


@pytest.mark.parametrize("system", [battery(pump=0.0), qb.OpenSystem(0 * CAVITY, {CAVITY: 1.0})])
def test_vacuum_that_nothing_drives_stays(system):
    run = qb.simulate(system, [1.0, 50.0], qb.Lindblad(cutoffs=(6,) * len(system.modes)))
    assert (run.energy.values == 0).all()
    assert run.attrs["verdict"] == "trust"


@pytest.mark.parametrize("detuning", [0.0, 0.4])
def test_a_long_run_stays_a_state(detuning):
    """A right-hand side built as X + X† from X = Kρ blows up on this stretch; elements stored once cannot."""
    times = [200.0, 390.0, 400.0]
    states, _ = propagated(battery(detuning=detuning), times, 1e-8, (8, 5))
    assert np.trace(states, axis1=1, axis2=2) == pytest.approx(1.0, abs=1e-10)
    assert np.abs(states - states.conj().transpose(0, 2, 1)).max() < 1e-12
    assert np.linalg.eigvalsh(states).min() > -1e-10
    assert np.abs(states - states[-1]).max() < 1e-9
    rate = cases.dense_rate(battery(detuning=detuning), (8, 5), states[-1])
    assert np.abs(rate).max() < 1e-8


def test_an_interrupt_leaves_no_thread_behind():
    def interrupt(done, count):
        if done > 0.05 * count:
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        qb.simulate(qb.DopoBattery(pump=1.3), [400.0], qb.Lindblad(cutoffs=(10, 6)), progress=interrupt)
    assert threading.active_count() == before


# -- every time is reached, however sums of steps are rounded --


def test_times_that_differ_by_rounding_are_all_reached():
    stencil = cases.stencil_of(battery(), (3, 2))
    start = np.zeros(stencil.layout.places)
    stencil.layout.put(start, 0, np.array([0]), np.array([1.0 + 0j]))
    near = [1 / 3]
    for _ in range(5):
        near.append(float(np.nextafter(near[-1], 1.0)))
    times = np.array([*near, 2.0, np.nextafter(2.0, 3.0)])
    assert len(list(Propagator.of(stencil).states(start, times, 1e-9))) == len(times)
