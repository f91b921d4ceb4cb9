"""The one form that results of every method have: names, dimensions, units and meaning of all variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.conventions import ENERGY_UNIT, POWER_UNIT, RATE_UNIT, TIME_UNIT

LOAD_UNIT = "hbar omega_a"
"""Energies of a load are counted in quanta of its own transition."""

SUFFIXES = {
    "_stderr": "standard error of sampling",
    "_step_error": "estimated error of the time step",
    "_cutoff_error": "estimated error of the number cutoff",
    "_estimator_error": "calibrated estimate of the error of a known approximation in the estimator",
}
"""The only suffixes there are, and what they mean."""


@dataclass(frozen=True)
class Variable:
    """Dimensions, unit, symbol for axes, and meaning of one variable."""

    dims: tuple[str, ...]
    units: str
    symbol: str
    meaning: str


VARIABLES = {
    "energy": Variable(("time",), ENERGY_UNIT, r"$E$", "energy stored in the storage mode"),
    "ergotropy": Variable(("time",), ENERGY_UNIT, r"$W$", "work that a unitary can extract"),
    "ergotropy_coherent": Variable(("time",), ENERGY_UNIT, r"$W^c$", "part of the ergotropy due to coherence"),
    "ergotropy_incoherent": Variable(("time",), ENERGY_UNIT, r"$W^i$", "part of the ergotropy due to populations"),
    "passive_energy": Variable(("time",), ENERGY_UNIT, r"$E_\mathrm{passive}$", "energy that no unitary can extract"),
    "charging_power": Variable(("time",), POWER_UNIT, r"$P = W/t$", "average charging power"),
    "maximum_power": Variable((), POWER_UNIT, r"$P_\mathrm{max}$", "maximum of the average charging power"),
    "maximum_power_time": Variable((), TIME_UNIT, r"$t_\mathrm{max}$", "when the average charging power is largest"),
    "branches": Variable(
        ("time",),
        "1",
        "branches",
        "Gaussian branches that the estimator of the work assumes; 0: none, a density matrix",
    ),
    "negative_weight": Variable(
        ("time",),
        "1",
        r"$-\sum_{r<0} r$",
        "part of the reconstructed density matrix that is no state: negative eigenvalues, left out",
    ),
    "branch_separation": Variable(
        ("time",), "1", r"$s$", "half the squared distance of a branch from the origin in units of its spread"
    ),
    "non_gaussianity": Variable(
        ("time",), "1", r"$\delta_3$", "third number cumulant beyond the assumed Gaussian branches, over sigma_n cubed"
    ),
    "variance_deviation": Variable(
        ("time",), "1", r"$\delta_2$", "relative excess of the photon number variance over that of the assumed Gaussian"
    ),
    "mean_field": Variable(("time", "mode"), "1", r"$\langle a\rangle$", "mean field"),
    "photon_number": Variable(("time", "mode"), "1", r"$\bar n$", "mean photon number"),
    "pair_amplitude": Variable(("time", "mode"), "1", r"$\langle a^2\rangle$", "pair amplitude"),
    "pair_number": Variable(("time", "mode"), "1", r"$\langle a^{\dagger2}a^2\rangle$", "pair number"),
    "second_order_coherence": Variable(
        ("time", "mode"), "1", r"$g^{(2)}$", "second-order coherence, pair number over the square of the photon number"
    ),
    "quadrature_covariance": Variable(
        ("time", "quadrature", "quadrature_"), "1", "$V$", "symmetrically ordered covariance of the storage mode"
    ),
    "number_distribution": Variable(("time", "n"), "1", "$p_n$", "photon number distribution of the storage mode"),
    "density_matrix": Variable(
        ("time", "n", "n_"), "1", r"$\rho$", "density matrix of the storage mode between number states"
    ),
    "load_ergotropy": Variable(("time",), LOAD_UNIT, r"$\eta_a$", "work that a unitary can extract from the load"),
    "load_excitation": Variable(("time",), "1", r"$P_e$", "probability that the two-level load is excited"),
    "load_ergotropy_maximum": Variable(
        (), LOAD_UNIT, r"$\eta_a^\mathrm{max}$", "first maximum of the load's ergotropy"
    ),
    "load_ergotropy_maximum_time": Variable(
        (), TIME_UNIT, r"$t_a^\mathrm{max}$", "when the ergotropy of the load has its first maximum"
    ),
    "verdict_by_time": Variable(("time",), "1", "verdict", "how far the values at this time may be trusted"),
    "liouvillian_eigenvalue": Variable(
        ("sector", "rank"), RATE_UNIT, r"$\lambda$", "slowest eigenvalues of the Liouvillian in each of its sectors"
    ),
    "portrait_samples": Variable(
        ("portrait_time", "trajectory", "coordinate"), "1", r"$\alpha$", "phase-space points of the first trajectories"
    ),
    "portrait_histogram": Variable(
        ("portrait_time", "bin", "bin_"), "trajectories", "$N$", "trajectories per phase-space cell, all of them"
    ),
}
"""Every variable that a result may have; a method leaves out what it does not know."""


VERDICTS = ("trust", "doubt", "reject")
"""Meanings of the values 0, 1, 2 of `verdict_by_time`."""


def base_name(name: str) -> str:
    """Name of the quantity to which a variable belongs: `energy` for `energy_stderr`."""
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def dataset(
    values: Mapping[str, NDArray[Any] | float],
    coordinates: Mapping[str, Any],
    attributes: Mapping[str, Any],
    rate_unit: str = RATE_UNIT,
    variables: Mapping[str, Variable] = VARIABLES,
) -> xr.Dataset:
    """Label arrays by the schema; `rate_unit` names the unit of all rates, 1/time, if it is not γ_s.

    values: one array for each variable, named as in `variables` with or without one of the SUFFIXES.
    coordinates: for each dimension its labels; `portrait_*` and others may be left out.
    Raises: KeyError for a name that the schema does not know.
    """
    data = {}
    for name, array in values.items():
        base = base_name(name)
        variable = variables[base]
        suffix = name.removeprefix(base)
        meaning = variable.meaning if not suffix else f"{SUFFIXES[suffix]}: {variable.meaning}"
        units = variable.units.replace(RATE_UNIT, rate_unit)
        described: dict[str, Any] = {"units": units, "long_name": meaning, "symbol": variable.symbol}
        if np.iscomplexobj(array) and suffix:
            described["note"] = "real part: error of the real part; imaginary part: error of the imaginary part"
        if base == "verdict_by_time":
            flags = np.arange(len(VERDICTS), dtype=np.int8)
            described |= {"flag_values": flags, "flag_meanings": " ".join(VERDICTS)}
        # Not DataArrays: aligning these with each other would take longer than a small ensemble.
        data[name] = (variable.dims, np.asarray(array), described)
    result = xr.Dataset(data, coords=dict(coordinates), attrs=dict(attributes))
    for name in ("time", "portrait_time"):
        if name in result.coords:
            symbol = r"$\gamma_s t$" if rate_unit == RATE_UNIT else f"$t$ / {TIME_UNIT.replace(RATE_UNIT, rate_unit)}"
            result[name].attrs.update(units=TIME_UNIT.replace(RATE_UNIT, rate_unit), long_name="time", symbol=symbol)
    return result
