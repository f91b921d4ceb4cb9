"""The exact solver against QuTiP, with the same truncated operators: every element of the storage mode's state."""

from typing import NamedTuple

import numpy as np
import pytest

import phasespace_qb as qb
from tests.lindblad import cases

TIMES = np.array([0.0, 0.7, 1.5, 3.0])
BATTERY = {"pump": 1.3, "kappa": 0.8, "gamma_p": 6.0}


class Point(NamedTuple):
    """A system, its cutoffs, and systems that differ by a small mistake."""

    system: qb.OpenSystem
    cutoffs: tuple[int, ...]
    mistakes: dict[str, qb.OpenSystem]


def battery(**changes):
    return qb.DopoBattery(**(BATTERY | changes)).system()


def changed(system, jump, factor):
    """The system with one rate multiplied."""
    return qb.OpenSystem(system.hamiltonian, system.loss | {jump: factor * system.loss[jump]}, system.start)


(CAVITY,) = qb.modes("cavity")
SMOOTH = qb.SmoothSwitch(0.3, 1.6, at=1.2, duration=0.4)
CHIRP = qb.Envelope(lambda t: 1.2 * np.exp(0.4j * t**2), complex_valued=True)

POINTS = {
    "detuned": Point(
        battery(detuning=0.4), (10, 6), {"sign of the detuning": battery(detuning=-0.4), "none": battery()}
    ),
    "complex pump": Point(
        battery(pump=cases.COMPLEX_PUMP), (10, 6), {"conjugated": battery(pump=cases.COMPLEX_PUMP.conjugate())}
    ),
    "slow pump mode": Point(
        battery(gamma_p=1.0, pump=0.6), (10, 7), {"kappa off by 1 %": battery(gamma_p=1.0, pump=0.6, kappa=0.808)}
    ),
    "strong coupling": Point(battery(kappa=4.0), (12, 6), {"kappa off by 1 %": battery(kappa=4.04)}),
    "switched off": Point(
        battery(pump=qb.SwitchedOff(2.0, at=1.5)), (10, 6), {"later": battery(pump=qb.SwitchedOff(2.0, at=1.51))}
    ),
    "smooth switch": Point(
        battery(pump=SMOOTH),
        (10, 6),
        {"later": battery(pump=qb.SmoothSwitch(0.3, 1.6, at=1.21, duration=0.4))},
    ),
    "chirped pump": Point(
        battery(pump=CHIRP),
        (10, 6),
        {"conjugated": battery(pump=qb.Envelope(lambda t: 1.2 * np.exp(-0.4j * t**2), complex_valued=True))},
    ),
    "coherent start": Point(
        cases.coherent_start(),
        (14, 6),
        {"conjugated": cases.coherent_start(0.8 - 0.3j)},
    ),
    "driven Kerr": Point(
        cases.driven_kerr(),
        (10,),
        {"sign of the detuning": cases.driven_kerr(-0.7)}
        | {f"more of {jump!r}": changed(cases.driven_kerr(), jump, 1.1) for jump in cases.driven_kerr().loss}
        | {"the gain lost": changed(cases.driven_kerr(), CAVITY.dag, 1e-12)},
    ),
    "coupled oscillators": Point(
        cases.coupled_oscillators(), (9, 8), {"sign of the squeezing": cases.coupled_oscillators(squeezing=-0.5)}
    ),
    "three modes": Point(
        cases.three_modes(),
        (5, 5, 5),
        {"coupling off by 1 %": cases.three_modes(0.808), "detuning": cases.three_modes(0.8, 0.6)},
    ),
    "summed jump": Point(
        cases.summed_jump(),
        (10,),
        {"sign between the terms": cases.summed_jump(-0.5)},
    ),
}
CLOSE = 1e-9
"""Agreement that is asked for, at the tolerance 1e-8; QuTiP itself is good to 1e-11 or so."""
FAR = 1e-4
"""What every planted mistake moves at least one element by."""


def ours(system, cutoffs):
    run = qb.simulate(system, TIMES, qb.Lindblad(cutoffs=cutoffs, tolerance=1e-8))
    return run.density_matrix.values


@pytest.mark.parametrize("name", POINTS)
def test_every_element_is_that_of_qutip(name):
    point = POINTS[name]
    expected = cases.in_qutip(point.system, TIMES, point.cutoffs)
    gap = np.abs(ours(point.system, point.cutoffs) - expected).max()
    print(f"{name}: {gap:.1e}")
    assert gap < CLOSE
    for mistake, wrong in point.mistakes.items():
        assert np.abs(ours(wrong, point.cutoffs) - expected).max() > FAR, mistake
