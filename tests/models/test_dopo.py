"""The battery of the paper: its parameters, its Hamiltonian as matrices, and what it refuses."""

import numpy as np
import pytest

from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import SwitchedOff, Tabulated
from tests.models.dense import annihilation, matrix


def test_parameters_of_the_paper():
    battery = DopoBattery()
    assert battery.threshold == 2.0
    assert battery.pump_ratio == 1.5
    assert battery.noise_parameter == 1 / 32


def test_pump_ratio_of_complex_and_switched_pumps():
    assert DopoBattery(pump=3j).pump_ratio == 1.5
    switched = DopoBattery(pump=SwitchedOff(-1.0, 40.0))
    assert switched.pump_ratio == 0.5
    assert DopoBattery(pump=Tabulated([0.0, 1.0], [2.0, 0.0])).pump_ratio == 1.0
    assert DopoBattery(pump=lambda t: 4j + t).pump_ratio == 2.0


def test_threshold_scales_with_the_rates():
    battery = DopoBattery(kappa=0.25, gamma_s=2.0, gamma_p=4.0)
    assert battery.threshold == 4.0
    assert battery.noise_parameter == 1 / 64


def test_steady_amplitudes():
    """Dark only up to threshold, then a mirror pair; of a switched pump, those before the switch."""
    assert DopoBattery(pump=2.0).steady_amplitudes() == pytest.approx(np.array([[0, 1]]))
    dark, bright, mirror = DopoBattery(pump=3.0).steady_amplitudes()
    assert dark == pytest.approx([0, 1.5])
    assert bright == pytest.approx([4, 1])  # |α_s|² = (λ − 1)/g², α_p = γ_s/2κ
    assert mirror == pytest.approx([-4, 1])
    assert len(DopoBattery(pump=3.0, detuning=0.6).steady_amplitudes()) == 1
    switched = DopoBattery(pump=SwitchedOff(3.0, 1.0)).steady_amplitudes()
    assert switched[1] == pytest.approx(bright)


def hamiltonian_error(pump: complex, battery: DopoBattery) -> float:
    """Largest difference from Eq. (7) written in matrices; the signal is the slower index."""
    cutoff = 5
    a = np.kron(annihilation(cutoff), np.eye(cutoff))
    b = np.kron(np.eye(cutoff), annihilation(cutoff))
    ad, bd = a.conj().T, b.conj().T
    half = 1j * battery.kappa / 2 * ad @ ad @ b + np.sqrt(battery.gamma_p) * 1j * pump * bd
    expected = battery.detuning * ad @ a + half + half.conj().T
    return float(np.abs(matrix(battery.system().hamiltonian, ("signal", "pump"), cutoff) - expected).max())


@pytest.mark.parametrize("pump", [3.0, -1.0, 2.0 - 1.5j, 0.0])
def test_hamiltonian_is_that_of_the_paper(pump):
    battery = DopoBattery(pump=pump, kappa=0.7, gamma_s=1.3, gamma_p=9.0, detuning=0.4)
    assert hamiltonian_error(pump, battery) < 1e-14
    assert [*battery.system().loss.values()] == [1.3, 9.0]
    assert battery.system().modes == ("signal", "pump")
    assert battery.system().storage_mode == "signal"


def test_wrong_phase_of_the_pump_would_be_noticed():
    assert hamiltonian_error(2.0 + 1.5j, DopoBattery(pump=2.0 - 1.5j)) > 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"pump": float("nan")}, ValueError, "`pump` must be a finite real or complex number, .*, got nan"),
        ({"pump": complex(0, float("inf"))}, ValueError, "`pump` must be a finite real or complex number"),
        ({"pump": "3"}, TypeError, "`pump` must be a finite real or complex number, .*, got '3'"),
        ({"pump": True}, TypeError, "`pump` must be a finite real or complex number, .*, got True"),
        ({"pump": None}, TypeError, "`pump` must be a finite real or complex number, .*, got None"),
        *(
            ({name: value}, error, f"`{name}` must be a finite positive rate")
            for name in ("kappa", "gamma_s", "gamma_p")
            for value, error in [
                (-1.0, ValueError),
                (0.0, ValueError),
                (float("nan"), ValueError),
                (float("inf"), ValueError),
                (10**400, ValueError),
                (True, TypeError),
                ("1", TypeError),
                (1j, TypeError),
            ]
        ),
        ({"detuning": float("nan")}, ValueError, r"`detuning` must be a finite real rate, got nan\."),
        ({"detuning": "0"}, TypeError, "`detuning` must be a finite real rate, got '0'"),
        ({"detuning": False}, TypeError, "`detuning` must be a finite real rate, got False"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=message):
        DopoBattery(**arguments)
