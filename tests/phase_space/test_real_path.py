"""Steps in real numbers: the bits of the complex steps, left in time, and never taken where a number is complex."""

from dataclasses import replace

import numpy as np
import pytest

from phasespace_qb import kernel_cache as cache
from phasespace_qb.models.algebra import Polynomial, modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import Envelope, SwitchedOff
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.ensemble import Program, compile_program
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import (
    BoundedTwoPoint,
    EulerMaruyama,
    ExponentialHeun,
    Heun,
    Midpoint,
    Noise,
)
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.noise import Purpose, lane_generators
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from tests.phase_space.cases import CASE
from tests.phase_space.paths import ADDRESS, compiled_paths, prepared, twin_paths
from tests.phase_space.test_bounded_scheme import oscillator

TIMES = np.array([0.0, 0.3, 0.57, 1.5, 3.0])
TILES = 3


def ring(size: int) -> OpenSystem:
    """Oscillators that their pumps keep alive, each injecting into its neighbour, all with real coefficients."""
    signals, pumps = modes(*(f"s{k}" for k in range(size))), modes(*(f"p{k}" for k in range(size)))
    half: Polynomial = 0 * signals[0]
    for k, (s, p) in enumerate(zip(signals, pumps, strict=True)):
        half = half + 0.5j * s.dag**2 * p + 4j * p.dag + 0.2j * s.dag * signals[(k + 1) % size]
    return OpenSystem(half + half.dag, dict.fromkeys(signals, 1.0) | dict.fromkeys(pumps, 4.0))


def positive_p(system: OpenSystem) -> Equations:
    """Positive-P equations."""
    return PositivePRules().equations(system)


BATTERY = positive_p(DopoBattery().system())
SWITCHED = positive_p(DopoBattery(SwitchedOff(3.0, 0.6), kappa=1.0, gamma_p=4.0).system())
"""κα_p becomes negative soon after the switch, in most tiles."""
RING = positive_p(ring(3))
"""Twelve variables, too many for the fused loop; strong coupling turns the pumps negative."""


def paired(equations: Equations, scheme, noise: Noise | None = None) -> Program:
    """A program with a companion."""
    converted = equations.to(scheme.calculus)
    schedule = plan(TIMES, converted.breakpoints, 0.01, even=True)
    return compile_program(converted, scheme, schedule, noise, companion=True)


def snapshots(program: Program, *, in_pairs: bool, complex_lane: bool, source: str = "") -> np.ndarray:
    """[save, variable, part, lane] of three tiles without the last lane of each.

    complex_lane: give that lane an imaginary part, so that its tile takes complex steps from the beginning; lanes do
    not know of one another.
    """
    steps = program.coarse if in_pairs else program.fine
    variables = len(program.start_mean)
    state = np.empty((TILES, variables, 2, TILE))
    state[:] = np.array(program.start_mean).view(float).reshape(variables, 2)[..., None]
    state[:, 0, 1, -1] = 1e-3 if complex_lane else 0.0
    generators = lane_generators(ADDRESS.stream(0, Purpose.LANES), TILES * TILE)
    kept = np.empty((len(TIMES), variables, 2, TILES, TILE))
    cache.load(source or program.source).advance(
        steps.rows, steps.row_of, 0, steps.steps_to_save, state.reshape(-1), generators, kept.reshape(-1),
        program.table, in_pairs,
    )  # fmt: skip
    return kept[..., :-1]


PATHS = [
    pytest.param(BATTERY, EulerMaruyama(), None, id="battery, Euler"),
    pytest.param(SWITCHED, EulerMaruyama(), None, id="switched, Euler"),
    pytest.param(SWITCHED, Heun(), None, id="switched, Heun"),
    pytest.param(SWITCHED, Heun(), Noise.FOUR_POINT, id="switched, Heun, four points"),
    pytest.param(SWITCHED, Midpoint(), None, id="switched, midpoint"),
    pytest.param(SWITCHED, ExponentialHeun(), None, id="switched, exponential"),
    pytest.param(CASE["eliminated, positive-P"].equations, Heun(), None, id="eliminated, Heun"),
    pytest.param(RING, EulerMaruyama(), None, id="ring, Euler"),
    pytest.param(RING, Heun(), None, id="ring, Heun"),
    pytest.param(RING, ExponentialHeun(), None, id="ring, exponential"),
]


@pytest.mark.parametrize(("equations", "scheme", "noise"), PATHS)
def test_real_steps_have_the_bits_of_complex_ones(equations, scheme, noise):
    program = paired(equations, scheme, noise)
    for in_pairs in (False, True):
        fast = snapshots(program, in_pairs=in_pairs, complex_lane=False)
        slow = snapshots(program, in_pairs=in_pairs, complex_lane=True)
        assert np.isfinite(slow).all()
        assert np.ptp(slow[-1, 0, 0]) > 0.01
        assert (fast == slow).all()


@pytest.mark.parametrize("equations", [SWITCHED, RING], ids=["fused", "by shape"])
def test_these_runs_leave_the_real_axis_on_the_way(equations):
    fast = snapshots(paired(equations, Heun()), in_pairs=False, complex_lane=False)
    left = (fast[:, :, 1] != 0).any(axis=(1, 3))
    assert not left[1].any()
    assert left[-1].all()


MISTAKES = {
    "the steps are not made again": ("set_real_parts(kept if IN_PLACE else x, y)", "set_real_parts(x, y)"),
    "one step too many is made again": ("done = 0 if IN_PLACE else done", "done = 0"),
    "negative radicands pass": ("return 0 if (x >= LEAST_SQUARE) | (x == 0.0) else 1", "return 0"),
    "another root": ("return np.sqrt(x + 1e-300)", "return np.sqrt(x * (1 + 1e-15) + 1e-300)"),
}
SEEN_IN = {"one step too many is made again": RING}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake):
    program = paired(SEEN_IN.get(mistake, SWITCHED), Heun())
    right, wrong = MISTAKES[mistake]
    assert program.source.count(right) == 1
    spoilt = program.source.replace(right, wrong)
    fast = snapshots(program, in_pairs=False, complex_lane=False, source=spoilt)
    slow = snapshots(program, in_pairs=False, complex_lane=True)
    assert not (fast == slow).all()


def has_real_steps(equations: Equations, scheme) -> bool:
    """Whether the kernel has two kinds of step."""
    return prepared(equations, scheme, [1.0], 0.01)[2].source.count("REAL_TOO, FAST_STEP = True") == 1


def test_which_systems_have_real_steps():
    pulse = DopoBattery(pump=Envelope(lambda t: 2 + np.cos(3 * t)))
    for real in (BATTERY, SWITCHED, RING, positive_p(pulse.system()), CASE["eliminated, positive-P"].equations):
        assert all(has_real_steps(real, scheme) for scheme in (EulerMaruyama(), Heun()))


def test_complex_coefficients_and_noises_never_have_them():
    turned = Envelope(lambda t: 2 + 1j * np.cos(3 * t), complex_valued=True)
    batteries = [DopoBattery(detuning=0.1), DopoBattery(pump=2 + 1j), DopoBattery(pump=turned)]
    for battery in batteries:
        assert not has_real_steps(positive_p(battery.system()), Heun())
    assert not has_real_steps(WignerRules().equations(DopoBattery().system()), Heun())
    assert not has_real_steps(CASE["Kerr, positive-P"].equations, Heun())
    assert not has_real_steps(oscillator(1.2), BoundedTwoPoint())  # real anyway


def test_a_complex_start_is_kept():
    start = tuple(z for a in (0.4 + 0.3j, 0.2 - 0.5j) for z in (a, a.conjugate()))
    converted, schedule, program = prepared(replace(BATTERY, start_mean=start), EulerMaruyama(), [0.0, 0.3, 1.0], 0.01)
    ours = compiled_paths(program, TILE)
    twin = twin_paths(converted, EulerMaruyama(), schedule, program, TILE)
    assert np.abs(ours.imag).max() > 0.1
    assert np.abs(ours - twin).max() < 1e-12
