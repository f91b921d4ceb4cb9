"""A battery that is charged, disconnected and coupled to a two-level load: exactly, and from positive-P samples."""

from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.discharging.jaynes_cummings import discharge, first_maximum
from phasespace_qb.discharging.response import load_response
from phasespace_qb.estimators.pilot import Pilot
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address, entropy_of
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.states.reconstruction import SlicedState, number_states
from phasespace_qb.trajectories import PILOT_TRAJECTORIES, prepared
from validation.evidence import KNOWN_ERRORS
from validation.paper.computing import Result, Task
from validation.paper.runs import TOLERANCE, Cutoffs, numbers

Array = NDArray[np.float64]
Battery: TypeAlias = tuple[float, float, float]
"""F_p, κ and γ_p."""

TIMES = np.linspace(0.0, 1.0, 401)
"""Since the load was coupled, in 1/γ_s: three Rabi periods of the weakest coupling, with 20 samples in each of the
strongest."""
LEFT_OUT = 1e-6
"""Population of the levels of a sampled state that are not followed further."""


def loaded(
    cutoffs: Cutoffs,
    couplings: tuple[float, ...],
    charge: float = 10.0,
    pump: float = 3.0,
    kappa: float = 0.5,
    gamma_p: float = 16.0,
) -> Task:
    """Task: charge from vacuum by the master equation until `charge`, then couple a load by each of `couplings`.

    The load has the battery's frequency and γ_a = γ_s' = γ_s.  Result: `times` since then; by coupling, `battery` (η_s)
    and `load` (η_a), each with `value`, `error` (zeros) and `known`, all (times,), `maximum` (first of η_a) and
    `maximum_time`; `limit`, the first maximum of η_a as g_a → ∞.
    """
    seconds = 2 + 2e-7 * (cutoffs[0] * cutoffs[1]) ** 2 * charge * (1 + gamma_p / 16) + 0.3 * len(couplings)
    return Task.of(
        load_exactly,
        seconds,
        cutoffs=cutoffs,
        couplings=tuple(float(each) for each in couplings),
        charge=float(charge),
        battery=(float(pump), float(kappa), float(gamma_p)),
    )


def sampled_load(
    couplings: tuple[float, ...],
    charge: float = 10.0,
    pump: float = 3.0,
    kappa: float = 0.5,
    gamma_p: float = 16.0,
    trajectories: int = 100_000,
    seed: int = 1,
) -> Task:
    """Task: the same by positive-P.  The state is the density matrix of the samples, not that of a Gaussian.

    Result: as `loaded` with standard errors, and the errors of step and estimator in `known`; `maximum_error`; and
    `branches`: by coupling the curves, `maximum` and `maximum_time` of the two-branch Gaussian with the same moments.
    """
    seconds = 3 + 4e-5 * trajectories * charge / 10 + 4 * len(couplings)
    return Task.of(
        sample_loads,
        seconds,
        couplings=tuple(float(each) for each in couplings),
        charge=float(charge),
        battery=(float(pump), float(kappa), float(gamma_p)),
        trajectories=trajectories,
        seed=seed,
    )


def largest_loads(cutoffs: Cutoffs, couplings: tuple[float, ...], charges: tuple[float, ...], pump: float) -> Task:
    """Task: `maxima` of η_a, (instant, coupling), where the battery is disconnected at each of several instants."""
    return Task.of(
        find_largest_loads,
        2 + 2e-7 * (cutoffs[0] * cutoffs[1]) ** 2 * max(charges) * 2 + 0.3 * len(couplings) * len(charges),
        cutoffs=cutoffs,
        couplings=tuple(float(each) for each in couplings),
        charges=tuple(float(each) for each in charges),
        pump=float(pump),
    )


def large_battery_load(coupling: float, charge: float, pump: float, kappa: float, trajectories: int) -> Task:
    """Task: `maximum` of η_a with its `error` for a battery with too many levels to be followed, by positive-P.

    η_a needs the number distribution only: η_a = 2 Σ_n w_n p_n − 1, where the load that Fock state n excites has w_n.
    """
    return Task.of(
        load_of_large_battery,
        4 + 1e-4 * trajectories * charge / 10,
        coupling=float(coupling),
        charge=float(charge),
        battery=(float(pump), float(kappa), 16.0),
        trajectories=trajectories,
    )


def load_exactly(cutoffs: Cutoffs, couplings: tuple[float, ...], charge: float, battery: Battery) -> Result:
    """What the task `loaded` does."""
    run = qb.simulate(_declared(battery), [0.0, charge], qb.Lindblad(cutoffs, tolerance=TOLERANCE))
    runs = {coupling: qb.discharge(run, TIMES, coupling=coupling) for coupling in couplings}
    found: Result = {"times": numbers(TIMES), "limit": runs[couplings[0]].attrs["strong_coupling_limit"]}
    return found | {
        "couplings": {f"{coupling:g}": _curves(each) | _maximum(run, coupling) for coupling, each in runs.items()}
    }


def find_largest_loads(
    cutoffs: Cutoffs, couplings: tuple[float, ...], charges: tuple[float, ...], pump: float
) -> Result:
    """What the task `largest_loads` does."""
    run = qb.simulate(qb.DopoBattery(pump), [0.0, *charges], qb.Lindblad(cutoffs, tolerance=TOLERANCE))
    maxima = [
        [float(qb.discharge(run, coupling=coupling, at=charge).load_ergotropy_maximum) for coupling in couplings]
        for charge in charges
    ]
    return {"maxima": maxima}


def sample_loads(couplings: tuple[float, ...], charge: float, battery: Battery, trajectories: int, seed: int) -> Result:
    """What the task `sampled_load` does."""
    run = qb.simulate(_declared(battery), [0.0, charge], qb.PositiveP(trajectories, rng=seed))
    states, counts = sampled_states(battery, charge, trajectories, seed)
    found: Result = {"times": numbers(TIMES), "branches": {}, "couplings": {}}
    for coupling in couplings:
        # The load from the number distribution of the run, whose errors of step and estimator come with it; the
        # battery from the density matrices, since a result does not hold one.
        load = qb.discharge(run, TIMES, coupling=coupling)
        work = [discharge(qb.DensityMatrix(each), TIMES, coupling, 1.0, 1.0, 0.0).ergotropy for each in states]
        value, error = jackknife(np.array(work), counts)
        known = sum(float(run[f"ergotropy{suffix}"][-1]) for suffix in KNOWN_ERRORS if f"ergotropy{suffix}" in run)
        battery_curve = _part(value, error, np.full(len(TIMES), known))
        found["couplings"][f"{coupling:g}"] = _curves(load) | _maximum(run, coupling) | {"battery": battery_curve}
        found["limit"] = load.attrs["strong_coupling_limit"]
        branches = _branches(run)
        curves = _curves(qb.discharge(branches, TIMES, coupling=coupling))
        found["branches"][f"{coupling:g}"] = curves | _maximum(branches, coupling)
    return found


def load_of_large_battery(coupling: float, charge: float, battery: Battery, trajectories: int) -> Result:
    """What the task `large_battery_load` does."""
    states, counts = sampled_states(battery, charge, trajectories, 1, diagonal=True)
    mean = float(states[0] @ np.arange(states.shape[1]))
    times = np.linspace(0.0, 2 * np.pi / coupling / np.sqrt(mean + 1), 201)
    response = load_response(states.shape[1], times, coupling, 1.0, 1.0, 0.0)
    # η_a = max(0, 2P_e − 1): no coherence, by parity.
    eta = np.maximum(2 * states @ response.T - 1, 0.0)
    value, error = jackknife(np.array([first_maximum(times, each)[1] for each in eta]), counts)
    return {"maximum": float(value), "error": float(error), "photons": mean}


def sampled_states(
    battery: Battery, charge: float, trajectories: int, seed: int, *, diagonal: bool = False
) -> tuple[Array, Array]:
    """Density matrices that positive-P samples at `charge`, of all trajectories and without each group of them.

    ρ(x, x') from the density and the first four cumulants of the momentum at (x+x')/2, in number states; normalised.
    diagonal: p_n alone.  Shapes: (1 + groups, N, N) or (1 + groups, N), and trajectories in the groups (groups,).
    """
    declared = _declared(battery).system()
    times = np.array([0.0, charge])
    method = qb.PositiveP(trajectories, rng=seed)
    run = prepared(declared, times, method)
    storage = declared.modes.index(declared.storage_mode)
    reader = MomentReader(run.equations, storage)
    moments = reader.accumulator(len(times))
    entropy = entropy_of(seed)
    (small,) = ensemble.run(run.program, [moments], PILOT_TRAJECTORIES, Address(entropy, (), pilot=True))
    pilot = Pilot.from_sums(small.sum(axis=0), reader, moments, parity=True)
    slices = pilot.slices(run.equations.symbols[storage])
    if slices is None:
        raise ValueError(f"the samples at γ_s t = {charge:g} take too many positions")
    counted, sums = ensemble.run(run.program, [moments, slices], trajectories, Address(entropy, ()))
    spacing = slices.spacings[-1]
    state = SlicedState.from_sums(with_each_left_out(slices.at(sums, 1)), spacing, run.equations.ordering, parity=True)
    rows, levels = state.rows(), int(pilot.levels[-1])
    blocks = state.blocks(rows)
    bases = number_states(levels, spacing, rows, parity=True)
    shape = (len(sums) + 1, levels) if diagonal else (len(sums) + 1, levels, levels)
    matrices = np.zeros(shape)
    for parity, (block, basis) in enumerate(zip(blocks, bases, strict=True)):
        if diagonal:
            matrices[:, parity::2] = np.einsum("ni,rik,nk->rn", basis, block.real, basis, optimize=True)
        else:
            matrices[:, parity::2, parity::2] = basis @ block.real @ basis.T
    kept = matrices if diagonal else matrices[:, : (most := _occupied(matrices[0])), :most]
    total = kept.sum(axis=1) if diagonal else np.trace(kept, axis1=1, axis2=2)
    return kept / total.reshape(-1, *[1] * (kept.ndim - 1)), counted[:, 0, 0, 0]


def _occupied(matrix: Array) -> int:
    """Levels that hold all but LEFT_OUT of a state."""
    beyond = 1 - np.cumsum(np.diagonal(matrix)) / np.trace(matrix)
    return int(np.flatnonzero(beyond > LEFT_OUT).max()) + 2


def _branches(run: xr.Dataset) -> qb.DensityMatrix:
    mode = run.sel(mode=run.attrs["storage_mode"]).isel(time=-1)
    moments = [np.asarray(mode[name].values) for name in ("photon_number", "pair_amplitude", "pair_number")]
    state = qb.TwoBranchState.from_moments(*moments)
    matrix = state.density_matrix(8 * int(moments[0].real) + 40)
    levels = _occupied(matrix.real)
    matrix = matrix[:levels, :levels]
    return qb.DensityMatrix(matrix / np.trace(matrix).real)


def _curves(run: xr.Dataset) -> Result:
    found: Result = {}
    for ours, name in (("battery", "ergotropy"), ("load", "load_ergotropy")):
        errors = [run[name + suffix].values for suffix in KNOWN_ERRORS if name + suffix in run]
        error = run[name + "_stderr"].values if name + "_stderr" in run else np.zeros(run.time.size)
        found[ours] = _part(run[name].values, error, np.sum(errors, axis=0))
    return found


def _maximum(source: xr.Dataset | qb.DensityMatrix, coupling: float) -> Result:
    """Of η_a, from times that resolve this coupling's own Rabi period."""
    run, name = qb.discharge(source, coupling=coupling), "load_ergotropy_maximum"
    known = sum(float(run[name + suffix]) for suffix in KNOWN_ERRORS if name + suffix in run)
    sampling = float(run[f"{name}_stderr"]) if f"{name}_stderr" in run else 0.0
    numbers_found = {"maximum": float(run[name]), "maximum_time": float(run[f"{name}_time"])}
    return numbers_found | {"maximum_error": sampling, "maximum_known": known}


def _part(value: Any, error: Any, known: Any) -> Result:
    return {"value": numbers(value), "error": numbers(error, 3), "known": numbers(known, 3)}


def _declared(battery: Battery) -> qb.DopoBattery:
    pump, kappa, gamma_p = battery
    return qb.DopoBattery(pump, kappa=kappa, gamma_p=gamma_p)
