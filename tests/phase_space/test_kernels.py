"""Compiled kernels against the NumPy twin on the same normal numbers, and what decides that a kernel is compiled."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phasespace_qb import kernel_cache as cache
from phasespace_qb.models.algebra import modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import Envelope, SwitchedOff
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.noise import Purpose, lane_generators
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from tests.phase_space.cases import CASE, ring
from tests.phase_space.faults import FAULTS
from tests.phase_space.paths import ADDRESS, Paths, compiled_paths, prepared, twin_paths

TIMES = [0.0, 0.3, 0.35, 1.0]
SWITCHED = DopoBattery(pump=SwitchedOff(3.0, 0.5), kappa=1.0, gamma_p=4.0)
MODULATED = DopoBattery(pump=Envelope(lambda t: 2 + 1j * np.cos(3 * t), complex_valued=True), detuning=0.2)


MODULATED_RING = PositivePRules().equations(ring(8, epsilon=Envelope(lambda t: 1.4 + np.cos(9 * t))))


def positive_p(battery: DopoBattery) -> Equations:
    """Positive-P equations of a battery."""
    return PositivePRules().equations(battery.system())


PATHS = [
    pytest.param(positive_p(DopoBattery()), EulerMaruyama(), TIMES, 300, id="battery, Euler"),
    pytest.param(positive_p(SWITCHED), EulerMaruyama(), [0.0, 0.3, 1.3, 3.0], 128, id="switched pump, Euler"),
    pytest.param(CASE["battery, positive-P"].equations, Heun(), TIMES, 128, id="battery, complex, Heun"),
    pytest.param(positive_p(MODULATED), Heun(), TIMES, 128, id="battery, modulated pump, Heun"),
    pytest.param(CASE["battery, truncated Wigner"].equations, Heun(), TIMES, 200, id="battery, Wigner, Heun"),
    pytest.param(CASE["Kerr, positive-P"].equations, Heun(), TIMES, 128, id="Kerr, Heun"),
    pytest.param(CASE["eliminated, positive-P"].equations, EulerMaruyama(), TIMES, 128, id="eliminated, Euler"),
    pytest.param(CASE["eliminated, truncated Wigner"].equations, Heun(), TIMES, 128, id="eliminated, Wigner, Heun"),
    pytest.param(CASE["two modes, positive-P"].equations, EulerMaruyama(), TIMES, 128, id="two modes, Euler"),
    pytest.param(CASE["signal and idler, positive-P"].equations, EulerMaruyama(), TIMES, 128, id="three modes, Euler"),
    pytest.param(CASE["ring of eight, positive-P"].equations, Heun(), TIMES, 200, id="ring, Heun"),
    pytest.param(MODULATED_RING, Heun(), TIMES, 128, id="ring, modulated, Heun"),
    pytest.param(WignerRules().equations(ring(9, 0.0)), EulerMaruyama(), TIMES, 128, id="ring, Wigner, Euler"),
]


def distance(ours: Paths, twin: Paths) -> float:
    """Largest difference between trajectories, relative to the size of the trajectory at that time."""
    return float((np.abs(ours - twin).max(axis=1) / np.maximum(1.0, np.abs(twin).max(axis=1))).max())


@pytest.mark.parametrize(("equations", "integrator", "times", "trajectories"), PATHS)
def test_compiled_trajectories_are_those_of_the_twin(equations, integrator, times, trajectories):
    converted, schedule, program = prepared(equations, integrator, times, 0.01)
    ours = compiled_paths(program, trajectories)
    twin = twin_paths(converted, integrator, schedule, program, trajectories)
    assert np.isfinite(twin).all()
    assert np.ptp(ours[-1, 0].real) > 0.01  # the noise arrived
    assert distance(ours, twin) < 1e-12


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize(
    ("name", "integrator"),
    [
        ("battery, positive-P", Heun()),
        ("battery, truncated Wigner", Heun()),
        ("two modes, positive-P", EulerMaruyama()),
        ("ring of eight, positive-P", Heun()),
    ],
)
def test_a_fault_in_the_equations_is_seen(name, integrator, fault):
    converted, schedule, program = prepared(CASE[name].equations, integrator, TIMES, 0.01)
    ours = compiled_paths(program, TILE)
    twin = twin_paths(fault(converted), integrator, schedule, program, TILE)
    assert distance(ours, twin) > 1e-3


def test_another_scheme_is_seen():
    converted, schedule, program = prepared(CASE["Kerr, positive-P"].equations, Heun(), TIMES, 0.01)
    euler = EulerMaruyama()
    twin = twin_paths(converted.to(euler.calculus), euler, schedule, program, TILE)
    assert distance(compiled_paths(program, TILE), twin) > 1e-3


def test_switched_pump_passes_through_zero_into_imaginary_noise():
    """The case above is only a test of the root's branch if κα_p becomes negative."""
    _, _, program = prepared(positive_p(SWITCHED), EulerMaruyama(), [0.0, 0.3, 1.3, 3.0], 0.01)
    paths = compiled_paths(program, TILE)
    assert (paths[-1, 2].real < 0).any()
    assert np.abs(paths[-1, 0].imag).max() > 0.1
    assert np.abs(paths[1, 0].imag).max() == 0.0


ROOTS = [0, 1, -1, 1j, -1j, 4 - 1e-9j, -4 - 1e-9j, -4 + 1e-9j, 3e-20 + 1e-22j, 1e80 - 3e80j, -2 + 0j]


def test_complex_root_is_the_principal_one():
    root = cache.load(ensemble_source()).root
    rng = np.random.default_rng(5)
    values = np.array([*ROOTS, *(rng.normal(size=200) + 1j * rng.normal(size=200)) * 10.0 ** rng.integers(-8, 9, 200)])
    ours = np.array([complex(*root(z.real, z.imag)) for z in values])
    assert (np.abs(ours - np.sqrt(values)) <= 4e-16 * np.abs(np.sqrt(values)) + 1e-149).all()


def ensemble_source() -> str:
    """Source of the kernel of the battery."""
    return prepared(positive_p(DopoBattery()), EulerMaruyama(), [1.0], 0.01)[2].source


# What is compiled -----------------------------------------------------------------------------------------------------


def test_ten_pump_values_compile_once():
    entries = set()
    for pump in np.linspace(0.5, 3.2, 10):
        for step in (0.01, 0.003):
            _, _, program = prepared(positive_p(DopoBattery(pump=pump)), EulerMaruyama(), [0.1, 1.0], step)
            entries.add(program.source)
            ensemble.run(program, [Moments(2, ((0, 1),))], 100, ADDRESS)
    assert entries == {ensemble_source()}
    assert sum(name == cache.entry_name(ensemble_source()) for name in cache._loaded) == 1
    assert (cache.cache_folder() / cache.entry_name(ensemble_source())).is_dir()


def test_a_switched_pump_uses_the_kernel_of_a_constant_one():
    assert prepared(positive_p(SWITCHED), EulerMaruyama(), [1.0], 0.01)[2].source == ensemble_source()


def test_a_detuned_battery_and_another_scheme_need_other_kernels():
    detuned = prepared(positive_p(DopoBattery(detuning=0.1)), EulerMaruyama(), [1.0], 0.01)[2].source
    heun = prepared(positive_p(DopoBattery()), Heun(), [1.0], 0.01)[2].source
    assert len({detuned, heun, ensemble_source()}) == 3


@pytest.mark.parametrize("integrator", [EulerMaruyama(), Heun()], ids=repr)
def test_rings_of_any_size_share_a_kernel(integrator):
    small, large = (prepared(PositivePRules().equations(ring(size)), integrator, [1.0], 0.01)[2] for size in (8, 64))
    assert small.source == large.source
    assert len(large.table) > 4 * len(small.table)


def test_the_noise_of_correlated_modes_does_not_depend_on_rounding():
    """Real couplings give real amplitudes: rounding in the factor of D must not change the source."""
    sources = {
        prepared(replace(CASE["two modes, positive-P"].equations, noise=noise), EulerMaruyama(), [1.0], 0.01)[2].source
        for noise in (two_mode_noise(r) for r in np.linspace(0.1, 0.9, 7))
    }
    assert len(sources) == 1


def two_mode_noise(r: float):
    """Noise of two-mode squeezing with a real coupling."""
    system = CASE["two modes, positive-P"].system
    a, b = (mode for mode in system.loss)
    squeezing = 1j * r * (a.dag * b.dag - a * b)
    return PositivePRules().equations(replace(system, hamiltonian=squeezing)).noise


# Trajectories that diverge --------------------------------------------------------------------------------------------


PLANTED = {3: np.nan, 7: np.inf, TILE + 9: -np.inf, TILE + 100: np.nan, 11: 1e200}
"""Lane and value; the fourth lies outside the ensemble of 200, the last overflows on the way."""


def not_finite(planted: dict[int, float], tally: str | None = None) -> list[list[float]]:
    """Trajectories and non-finite ones that are counted at two save times, of 200 with planted initial values."""
    _, _, program = prepared(positive_p(DopoBattery()), EulerMaruyama(), [0.0, 0.2], 0.01)
    state = np.zeros((2, 8, TILE))
    for place, (lane, value) in enumerate(planted.items()):
        state[lane // TILE, place % 4, lane % TILE] = value
    generators = lane_generators(ADDRESS.stream(0, Purpose.LANES), 2 * TILE)
    snapshots = np.zeros((2, 4, 2, 2 * TILE))
    inputs = program.fine.rows, program.fine.row_of, 0, program.fine.steps_to_save
    flat = state.reshape(-1), generators, snapshots.reshape(-1)
    cache.load(program.source).advance(*inputs, *flat, program.table, False)
    moments = Moments(2, ((0,), (0, 1)))
    sums = moments.zeros()
    if tally is None:
        moments.observe(sums, 0, snapshots, 0, 200)
    else:
        cache.load(tally).moments(snapshots, 200, np.zeros((0, 2), np.int64), sums)
    return sums[:, 0].tolist()


def test_nan_and_inf_are_counted_at_every_time_and_not_passed_on():
    assert not_finite(PLANTED) == [[200, 3], [200, 4]]
    assert not_finite({}) == [[200, 0], [200, 0]]


def test_the_count_dies_if_the_compiler_may_assume_finite_numbers():
    text = Path(ensemble.__file__).with_name("kernels").joinpath("tally.py").read_text(encoding="utf-8")
    careless = re.sub(r"FAST = \{.*\}", "FAST = True", text)
    assert careless != text
    assert not_finite(PLANTED, careless)[0] != [200, 3]


def test_no_kernel_is_compiled_with_that_assumption():
    kernels = Path(ensemble.__file__).with_name("kernels")
    for file in ("lanes.py", "tally.py"):
        (flags,) = re.findall(r"^FAST = (.*)$", kernels.joinpath(file).read_text(encoding="utf-8"), re.MULTILINE)
        assert flags == '{"contract", "reassoc", "arcp", "nsz"}'
    for param in PATHS:
        equations, integrator, times, _ = param.values
        source = prepared(equations, integrator, times, 0.1)[2].source
        assert "fastmath=True" not in source
        assert source.count("@njit") == source.count("fastmath=FAST")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_start_that_is_not_finite_is_counted_through_the_whole_path(bad):
    _, _, program = prepared(positive_p(DopoBattery()), EulerMaruyama(), [0.0, 0.2], 0.01)
    spoiled = replace(program, start_mean=(bad, *program.start_mean[1:]))
    (sums,) = ensemble.run(spoiled, [Moments(2, ((0,),))], 1000, ADDRESS)
    assert sums[:, :, 0].sum(axis=0).tolist() == [[1000, 1000]] * 2
    assert not np.isfinite(sums.sum(axis=0)[:, 1]).all(axis=-1).any()


def test_a_system_at_rest_stays_at_rest():
    (a,) = modes("a")
    equations = PositivePRules().equations(OpenSystem(0 * a, {a: 0.0}, start={a: 2j}))
    _, _, program = prepared(equations, EulerMaruyama(), [0.0, 1.0], 0.5)
    assert (compiled_paths(program, 10) == np.array([2j, -2j])[None, :, None]).all()


def test_a_run_of_length_zero_returns_the_start():
    _, _, program = prepared(positive_p(DopoBattery()), EulerMaruyama(), [0.0], 0.01)
    assert (compiled_paths(program, 10) == 0).all()
