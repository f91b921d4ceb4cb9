"""The limit g² → 0 of charging against integrations of the equations that it was derived from."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ndtri

from validation.references.charging_limit import (
    ONSET,
    ChargingLimit,
    coherent,
    growth,
    start_factor,
    stored,
    time_of,
)

SPREAD = ndtri((np.arange(4_000) + 0.5) / 4_000)
"""Equally probable values of ξ."""


def charged(ratio: float, gamma_p: float, y: float, hold: float, far: float = 14.0) -> np.ndarray:
    """n/n_ss of Eqs. (12)–(13) on the real axis, at κ = 1, for starts of ξ, a time `far`/r before y is reached."""
    rate, kappa = ratio - 1, 1.0
    steady = rate * gamma_p / (2 * kappa**2)
    drive = ratio * gamma_p / (4 * kappa)  # √γ_p F_p
    signal = SPREAD * np.sqrt(y * np.exp(-far) * steady)
    pump = 2 * drive / gamma_p - signal**2 * kappa / (gamma_p + 2 * rate)
    for driven, time in ((drive, far / rate), (0.0, hold)):
        steps = int(np.ceil(time * gamma_p * 2))
        for _ in range(steps):
            signal, pump = _step(signal, pump, driven, kappa, gamma_p, time / steps)
    return signal**2 / steady


def _step(signal, pump, drive, kappa, gamma_p, step):
    def slopes(a, b):
        return -a / 2 + kappa * a * b, -gamma_p / 2 * b - kappa / 2 * a**2 + drive

    one = slopes(signal, pump)
    two = slopes(signal + step / 2 * one[0], pump + step / 2 * one[1])
    three = slopes(signal + step / 2 * two[0], pump + step / 2 * two[1])
    four = slopes(signal + step * three[0], pump + step * three[1])
    total = [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(one, two, three, four, strict=True)]
    return signal + step * total[0], pump + step * total[1]


def sorted_mean(numbers: np.ndarray, cells: int = 50) -> float:
    """W^c of a histogram."""
    counts = np.histogram(numbers, cells, (0.0, numbers.max()))[0]
    return float(np.sort(counts)[::-1] @ (np.arange(cells) + 0.5) / counts.sum() / cells * numbers.max())


@pytest.mark.parametrize(
    ("ratio", "gamma_p", "hold"),
    [(1.5, 16.0, 0.0), (2.0, 16.0, 0.0), (4.0, 16.0, 0.0), (1.5, 16.0, 1.0), (2.0, 64.0, 0.5)],
)
def test_the_mean_field_of_both_modes_leads_there(ratio, gamma_p, hold):
    limit = ChargingLimit(ratio, 1 / gamma_p, hold)
    numbers = charged(ratio, gamma_p, 2.0, hold)
    assert numbers.mean() == pytest.approx(float(limit.stored(2.0)), rel=1e-3)
    assert sorted_mean(numbers) == pytest.approx(limit.coherent(2.0), rel=0.01)
    # Control: without the pump mode as a mode of its own, or without the hold, it is something else.
    wrong = ChargingLimit(ratio) if not hold else ChargingLimit(ratio, 1 / gamma_p)
    assert numbers.mean() != pytest.approx(float(wrong.stored(2.0)), rel=0.01)


@pytest.mark.parametrize("hold", [0.0, 0.7])
def test_without_a_pump_mode_it_is_the_closed_form(hold):
    y = np.array([0.1, 1.0, 10.0])
    fall = 1 + 0.5 * (1 - np.exp(-hold))
    expected = np.exp(-hold) / fall * stored(fall * y)
    assert ChargingLimit(1.5, 0.0, hold).stored(y) == pytest.approx(expected, rel=1e-5)
    off = [ChargingLimit(1.5, delay, hold).stored(y) / expected - 1 for delay in (0.01, 0.02)]
    assert np.abs(off[0]).max() < 0.05
    assert off[1] / off[0] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("delay", [1 / 16, 1 / 64])
@pytest.mark.parametrize("ratio", [1.25, 2.0])
def test_a_pump_mode_that_fills_delays_the_amplified_vacuum(ratio, delay):
    end = 12 / (ratio - 1)
    run = solve_ivp(
        lambda time, v: (ratio * (1 - np.exp(-time / (2 * delay))) - 1) * v + 1, (0, end), [1.0], rtol=1e-10, atol=1e-12
    )
    variance = run.y[0, -1] + 1 / (ratio - 1)
    assert variance * np.exp(-(ratio - 1) * end) == pytest.approx(start_factor(ratio, delay), rel=1e-3)
    # To first order a delay of 2/γ_p; the loss of gain alone, e^(−2λγ_s/γ_p), forgets that vacuum stays vacuum.
    undelayed = start_factor(ratio, 0.0)
    assert start_factor(ratio, delay) == pytest.approx(undelayed * np.exp(-2 * (ratio - 1) * delay), rel=4 * delay**2)
    assert start_factor(ratio, delay) != pytest.approx(undelayed * np.exp(-2 * ratio * delay), rel=delay)
    here = growth(20.0, ratio, 1e-4, delay) / growth(20.0, ratio, 1e-4)
    assert here == pytest.approx(np.exp(-2 * (ratio - 1) * delay))


def test_the_variance_is_that_of_amplified_vacuum():
    limit, times = ChargingLimit(1.5), np.array([4.0, 6.0])
    variance = (1.5 * np.exp(0.5 * times) - 1) / 0.5  # of V̇ = (λ−1)V + 1, V(0) = 1
    assert limit.growth(times, 1e-9) * 0.5 / 1e-9 == pytest.approx((variance - 1) / 4)
    assert limit.time_of(float(limit.growth(5.0, 1e-3)), 1e-3) == pytest.approx(5.0)
    assert growth(time_of(3.0, 1.5, 1e-3, 0.1), 1.5, 1e-3, 0.1) == pytest.approx(3.0)


def test_the_incoherent_part_sets_in_at_one():
    before, after = (stored(y) - coherent(y) for y in (0.98 * ONSET, 1.1 * ONSET))
    assert abs(before) < 1e-5
    assert after > 1e-4


def test_the_peaks_are_where_the_curves_are_largest():
    y, top = ChargingLimit(1.5).coherent_top
    assert coherent(y) == pytest.approx(top, rel=2e-3)
    assert all(coherent(y * factor) < coherent(y) for factor in (0.95, 1.05))
    times = np.linspace(12.0, 30.0, 40_001)
    largest = times[np.argmax(stored(growth(times, 1.5, 1e-3)) / times)]
    assert ChargingLimit(1.5).power_peak(1e-3) == pytest.approx(largest, abs=0.01)


def test_power_falls_behind_coherent_work_as_the_noise_falls():
    limit = ChargingLimit(1.5)
    gaps = [limit.power_peak(noise) - limit.coherent_peak(noise) for noise in (1e-2, 1e-4, 1e-8)]
    assert gaps == sorted(gaps)
    rate_times = 0.5 * limit.power_peak(1e-8)
    assert float(limit.growth(2 * rate_times, 1e-8)) == pytest.approx(np.pi * rate_times**2 / 8, rel=0.35)


def test_nothing_is_stored_before_the_pump_mode_has_filled():
    limit = ChargingLimit(1.5, 1 / 16)
    early = float(limit.growth(0.01, 1e-3))
    assert early < 0
    assert (float(limit.stored(early)), limit.coherent(early)) == (0.0, 0.0)
    assert limit.stored(np.array([-1.0, 2.0])) == pytest.approx([0.0, float(limit.stored(2.0))])


def test_near_threshold_at_large_noise_power_has_no_peak():
    with pytest.raises(ValueError, match="no maximum in the limit"):
        ChargingLimit(1.1).power_peak(1 / 8)
