"""Sweeps across a threshold whose points are known exactly."""

from functools import cache

import numpy as np
import xarray as xr

import phasespace_qb as qb


@cache
def _exact(noise: float, etas: tuple[float, ...], loss_ratio: float) -> xr.Dataset:
    battery = qb.DopoBattery().at(loss_ratio=loss_ratio)
    ratios = 1 + np.sqrt(noise) * np.array(etas)
    over = {"noise_parameter": [noise], "threshold_ratio": ratios}
    return qb.sweep(battery, over, [1.0], qb.EliminatedSteadyState())


def exact(noise, etas=(-1.5, -1.0, -0.5, -0.2, 0.1, 0.4, 0.8, 1.2, 2.0), loss_ratio=1e7):
    """The closed form of the steady state at these η = (λ − 1)/g; a copy."""
    return _exact(noise, tuple(etas), loss_ratio).copy(deep=True)


def noisy(swept, share, rng):
    """The same with g⁽²⁾ measured to this share of itself."""
    values = swept.second_order_coherence
    measured = swept.copy(deep=True)
    measured["second_order_coherence"] = values + share * values * rng.standard_normal(values.shape)
    measured["second_order_coherence_stderr"] = share * values
    return measured
