"""Time-dependent coefficients: values, breakpoints, reality, and what they refuse."""

import numpy as np
import pytest

from phasespace_qb.models.drives import Envelope, SwitchedOff, Tabulated, as_drive

TIMES = np.array([0.0, 0.5, 1.0, 1.5])


def test_switched_off_drive_vanishes_from_its_instant_on():
    drive = SwitchedOff(3.0, 1.0)
    assert drive(TIMES).tolist() == [3, 3, 0, 0]
    assert drive.breakpoints == (1.0,)
    assert drive.real
    assert not SwitchedOff(3j, 1.0).real
    assert SwitchedOff(3.0, 1.0) == drive
    assert hash(SwitchedOff(3.0, 1.0)) == hash(drive)


def test_tabulated_drive_is_piecewise_linear():
    drive = Tabulated([0.0, 1.0, 2.0], [0.0, 2.0, 2.0j])
    assert np.allclose(drive(TIMES), [0, 1, 2, 1 + 1j])
    assert drive.breakpoints == (0.0, 1.0, 2.0)  # the kink in the middle is one
    assert not drive.real
    assert Tabulated([0, 1], [1, 2]).real


@pytest.mark.parametrize("times", [[-0.1, 0.5], [0.5, 1.01]])
def test_tabulated_drive_is_not_extrapolated(times):
    message = r"`times` must be inside the table of the drive, 0 to 1, got an interval from .*Extend the table"
    with pytest.raises(ValueError, match=message):
        Tabulated([0.0, 1.0], [1.0, 1.0])(np.array(times))


def test_envelope_calls_a_function_of_time():
    assert np.allclose(Envelope(np.sin)(TIMES), np.sin(TIMES))
    turning = Envelope(lambda t: np.exp(1j * t), (0.7,), complex_valued=True)
    assert np.allclose(turning(TIMES), np.exp(1j * TIMES))
    assert turning.breakpoints == (0.7,)
    assert Envelope(np.sin).real
    assert not turning.real


def test_number_drive_and_function_are_coefficients():
    drive = SwitchedOff(1.0, 1.0)
    assert as_drive("pump", drive) is drive
    assert as_drive("pump", 2) == 2 + 0j
    assert np.allclose(as_drive("pump", lambda t: 1j * t)(TIMES), 1j * TIMES)


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: SwitchedOff(1.0, 0.0), ValueError, r"`at` must be a finite positive time.*got 0\.0\."),
        (lambda: SwitchedOff(1.0, float("inf")), ValueError, r"`at` must be a finite positive time.*got inf\."),
        (lambda: SwitchedOff(float("nan"), 1.0), ValueError, r"`value` must be a finite real or complex.*got nan\."),
        (lambda: SwitchedOff("3", 1.0), TypeError, r"`value` must be a finite real or complex.*got '3'\."),
        (lambda: Tabulated([0.0], [1.0]), ValueError, "`times` must be a strictly increasing list"),
        (lambda: Tabulated([0.0, 0.0], [1.0, 1.0]), ValueError, "`times` must be a strictly increasing list"),
        (lambda: Tabulated([1.0, 0.0], [1.0, 1.0]), ValueError, "`times` must be a strictly increasing list"),
        (lambda: Tabulated([0.0, np.nan], [1.0, 1.0]), ValueError, "`times` must be a strictly increasing list"),
        (lambda: Tabulated([0.0, 1.0], [1.0]), ValueError, "`values` must be 2 finite numbers"),
        (lambda: Tabulated([0.0, 1.0], [1.0, np.inf]), ValueError, "`values` must be 2 finite numbers"),
        (lambda: Tabulated([0.0, 1.0], ["1", "2"]), TypeError, "`values` must be 2 finite numbers"),
        (lambda: Envelope(3.0), TypeError, r"`function` must be a function of time, got 3\.0\."),
        (lambda: Envelope(np.sin, (np.nan,)), ValueError, r"`breakpoints` must be finite times.*got nan\."),
        (lambda: Envelope(lambda t: np.inf)(TIMES), ValueError, r"`drive function` must be finite at every time; at t"),
        (lambda: Envelope(lambda t: None)(TIMES), ValueError, r"`drive function` must be finite at every time; at t"),
        (
            lambda: Envelope(lambda t: 1j * t)(TIMES),
            ValueError,
            r"`drive function` must be real at every time; at t = 0\.5, got 0\.5j\. Wrap it: Envelope\(function, compl",
        ),
        (lambda: as_drive("pump", None), TypeError, r"`pump` must be a finite real or complex number.*got None\."),
        (lambda: as_drive("pump", True), TypeError, r"`pump` must be a finite real or complex number.*got True\."),
    ],
)
def test_refusals(action, error, message):
    with pytest.raises(error, match=message):
        action()
