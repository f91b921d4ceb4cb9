"""The battery of the paper: its parameters, its Hamiltonian as matrices, and what it refuses."""

import numpy as np
import pytest
from scipy.linalg import expm

from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import SwitchedOff, Tabulated
from tests.models.dense import annihilation, master_equation, matrix
from tests.reference.master_equation import solve


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


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({"threshold_ratio": 2.0}, {"pump_ratio": 2.0, "kappa": 0.5, "gamma_p": 16.0}),
        ({"noise_parameter": 1e-4}, {"noise_parameter": 1e-4, "pump_ratio": 1.5, "gamma_p": 16.0}),
        ({"loss_ratio": 4.0}, {"gamma_p": 4.0, "noise_parameter": 1 / 32, "pump_ratio": 1.5}),
        ({"loss_ratio": 4.0, "gamma_s": 2.0}, {"gamma_p": 8.0, "noise_parameter": 1 / 32, "pump_ratio": 1.5}),
        ({"noise_parameter": 1e-4, "pump": 3.0}, {"noise_parameter": 1e-4, "pump": 3.0}),
        ({"noise_parameter": 0.1, "gamma_p": 4.0}, {"noise_parameter": 0.1, "gamma_p": 4.0, "pump_ratio": 1.5}),
        ({"threshold_ratio": 0.5, "kappa": 0.1}, {"pump_ratio": 0.5, "kappa": 0.1}),
        ({"loss_ratio": 4.0, "kappa": 0.1}, {"kappa": 0.1, "gamma_p": 4.0, "pump_ratio": 1.5}),
        ({"kappa": 0.25}, {"pump": 3.0, "kappa": 0.25, "pump_ratio": 0.75}),
        ({"threshold_ratio": 0.0, "detuning": 0.3}, {"pump": 0.0, "detuning": 0.3}),
        ({}, {"pump": 3.0, "kappa": 0.5}),
    ],
    ids=str,
)
def test_a_battery_at_other_parameters(moved, expected):
    """Coordinates among all batteries are independent of each other; arguments are taken as they are."""
    battery = DopoBattery().at(**moved)
    assert {name: getattr(battery, name) for name in expected} == pytest.approx(expected)


def test_the_phase_of_the_pump_stays():
    assert DopoBattery(pump=3j).at(threshold_ratio=2.0).pump == pytest.approx(4j)
    assert DopoBattery(pump=0.0).at(threshold_ratio=2.0).pump == 4.0
    switched = DopoBattery(pump=SwitchedOff(3.0, 4.0))
    assert switched.at(detuning=0.1).pump is switched.pump
    for moved in ({"pump": 1.0}, {"threshold_ratio": 1.0}, {"noise_parameter": 0.1}):
        with pytest.raises(ValueError, match=r"must be left alone where the pump depends on time"):
            switched.at(**moved)


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        (
            {"treshold_ratio": 1.0},
            r"^`parameter` must be one of .*got 'treshold_ratio'\. Did you mean threshold_ratio\?",
        ),
        ({"threshold_ratio": -1.0}, r"`threshold_ratio` must be a finite number that is not negative, got -1\.0"),
        ({"noise_parameter": 0.0}, r"`noise_parameter` must be a finite positive number, got 0\.0"),
        ({"noise_parameter": float("nan")}, r"`noise_parameter` must be a finite positive number, got nan"),
        ({"kappa": 0.1, "noise_parameter": 0.1}, r"`noise_parameter` must be left out with kappa"),
        ({"gamma_p": 0.1, "loss_ratio": 0.1}, r"`loss_ratio` must be left out with gamma_p"),
        ({"gamma_p": -1.0}, r"`gamma_p` must be a finite positive rate"),
    ],
    ids=str,
)
def test_a_place_where_no_battery_is_is_refused(moved, message):
    with pytest.raises(ValueError, match=message):
        DopoBattery().at(**moved)


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


# Without the pump mode


def elimination_error(battery: DopoBattery, epsilon: complex, pair_loss: float) -> float:
    """Largest difference from the single-mode equation in matrices, H = Δa†a + i/2 (ε a†² − ε* a²), on a random ρ."""
    cutoff = 9
    random = np.random.default_rng(5)
    root = np.triu(random.normal(size=(2, cutoff, cutoff))[0] + 1j)
    rho, a = root @ root.conj().T / cutoff, annihilation(cutoff)
    half = 0.5j * epsilon * a.T @ a.T
    h = battery.detuning * a.T @ a + half + half.conj().T
    expected = -1j * (h @ rho - rho @ h)
    for rate, jump in ((battery.gamma_s, a), (pair_loss, a @ a)):
        n = jump.T @ jump
        expected += rate * (jump @ rho @ jump.T - 0.5 * n @ rho - 0.5 * rho @ n)
    return float(np.abs(master_equation(battery.eliminated(), rho, cutoff) - expected).max())


def test_without_the_pump_mode_lambda_and_g_squared_decide():
    battery = DopoBattery(pump=2 - 1.5j, kappa=0.7, gamma_s=1.3, gamma_p=9.0, detuning=0.4)
    epsilon = battery.pump_ratio * battery.gamma_s / 2 * np.exp(1j * np.angle(2 - 1.5j))
    pair_loss = battery.noise_parameter * battery.gamma_s / 2
    assert elimination_error(battery, epsilon, pair_loss) < 1e-12
    for wrong in ((epsilon.conjugate(), pair_loss), (epsilon, 2 * pair_loss), (1.01 * epsilon, pair_loss)):
        assert elimination_error(battery, *wrong) > 1e-3
    assert battery.eliminated().modes == ("signal",)
    assert battery.eliminated().keeps_parity("signal")


def test_a_pump_that_changes_still_drives_when_its_mode_is_gone():
    switched = DopoBattery(pump=SwitchedOff(2j, 3.0)).eliminated().hamiltonian
    for instant, pump in ((1.0, 2j), (4.0, 0.0)):
        expected = matrix(DopoBattery(pump=pump).eliminated().hamiltonian, ("signal",), 6)
        assert np.array_equal(matrix(switched, ("signal",), 6, instant), expected)
    assert np.abs(matrix(switched, ("signal",), 6, 1.0)).max() > 0.1


def test_a_fast_pump_mode_may_be_eliminated():
    """Time by time, from both modes: n̄ and ⟨a²⟩ at γ_p = 30 and 60, extrapolated in 1/γ_p, against one mode."""
    times, kept = np.array([0.0, 0.5, 2.0, 6.0]), {"gamma_s": 1.3, "detuning": 0.3}

    def battery(gamma_p: float) -> DopoBattery:
        kappa = np.sqrt(0.3 * gamma_p)  # Γ = 0.3
        return DopoBattery(pump=0.5 * np.exp(0.8j) * np.sqrt(gamma_p) / kappa, kappa=kappa, gamma_p=gamma_p, **kept)

    found = []
    for gamma_p in (30.0, 60.0):
        both = battery(gamma_p)
        run = solve(both.pump, times, kappa=both.kappa, gamma_p=gamma_p, **kept, cutoffs=(14, 5), tolerance=1e-8)
        found.append(np.stack([run.photon_number, run.pair_amplitude]))
    extrapolated = 2 * found[1] - found[0]

    def one_mode(system) -> np.ndarray:
        cutoff = 16
        basis = np.eye(cutoff**2).reshape(-1, cutoff, cutoff)
        columns = [master_equation(system, element.astype(complex), cutoff).ravel() for element in basis]
        step, a = expm(0.5 * np.array(columns).T), annihilation(cutoff)
        rho, moments = basis[0].ravel().astype(complex), []
        for index in range(13):
            if index * 0.5 in times:
                square = rho.reshape(cutoff, cutoff)
                moments.append([np.trace(a.T @ a @ square), np.trace(a @ a @ square)])
            rho = step @ rho
        return np.array(moments).T

    one = battery(30.0).eliminated()
    assert np.abs(one_mode(one) - one_mode(battery(60.0).eliminated())).max() < 1e-12
    # The start of the pump mode costs a time 2/γ_p, which the extrapolation takes out to second order.
    assert np.abs(extrapolated - one_mode(one)).max() < 0.01
    assert np.abs(extrapolated - one_mode(one))[:, -1].max() < 2e-3
    wrong = DopoBattery(pump=battery(30.0).pump, kappa=1.1 * battery(30.0).kappa, gamma_p=30.0, **kept).eliminated()
    assert np.abs(extrapolated - one_mode(wrong))[:, -1].max() > 0.01


def test_the_numbers_that_decide_the_steady_state():
    battery = DopoBattery(pump=-3j, kappa=0.5, gamma_s=2.0, gamma_p=16.0, detuning=0.4)
    assert battery.dimensionless() == pytest.approx((0.75, 1 / 64, 0.4, -np.pi / 2, 1 / 8))
    with pytest.raises(ValueError, match=r"^`pump` must be a number, for there to be a steady state, got SwitchedOff"):
        DopoBattery(pump=SwitchedOff(3.0, 1.0)).dimensionless()


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
