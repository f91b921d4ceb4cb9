"""The tables that a person reads after a run or a comparison."""

import json
from math import isfinite
from typing import Any

import numpy as np
import xarray as xr
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from phasespace_qb.conventions import ENERGY_UNIT, POWER_UNIT, TIME_UNIT
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.outcome import merged_verdict
from phasespace_qb.results.schema import VARIABLES, VERDICTS
from phasespace_qb.results.sweeps import SOLVER

ROWS = {
    "energy": "energy E = n̄",
    "ergotropy": "ergotropy W",
    "ergotropy_coherent": "  coherent W^c",
    "ergotropy_incoherent": "  incoherent W^i",
    "passive_energy": "passive energy",
}
"""Variables of the table and how they are called there."""

ROW_SYMBOLS = {"energy": "n̄", "ergotropy": "W", "ergotropy_coherent": "W^c", "ergotropy_incoherent": "W^i"}
"""Columns of the table of a sweep."""
MOST_ROWS, MOST_REASONS = 24, 3
SMALLEST_SHOWN = 1e-6
"""Below this, in quanta, there is nothing."""

SAMPLED = {"_stderr": "± sampling", "_step_error": "± step", "_estimator_error": "± estimator"}
NOT_SAMPLED = {"_step_error": "± step", "_cutoff_error": "± cutoff", "_estimator_error": "± estimator"}
"""Errors that the table shows of results with and without sampling."""
ANY = {"_stderr": "± sampling"} | NOT_SAMPLED

UNITS = {ENERGY_UNIT: "ħω_s", POWER_UNIT: "ħω_s γ_s", TIME_UNIT: "1/γ_s"}


def charging_table(battery: DopoBattery, result: xr.Dataset, console: Console | None = None) -> None:
    """Print parameters, what is stored at the last time, the peak of the power, and the verdict, with errors."""
    console = console or Console(highlight=False)
    attributes = result.attrs
    final = result.isel(time=-1)
    steady = "steady state, " if is_steady(result) else ""
    _of_battery(battery, console)
    console.print(f"method    {_method(attributes)}\n", soft_wrap=True)
    table = Table(title=f"{steady}γ_s t = {_at(float(final.time))}", title_justify="left")
    table.add_column("quantity")
    table.add_column("value", justify="right")
    kinds = SAMPLED if "energy_stderr" in result else NOT_SAMPLED
    for heading in kinds.values():
        table.add_column(heading, justify="right")
    table.add_column("unit")
    for name, label in ROWS.items():
        table.add_row(label, *_numbers(final, name, kinds), UNITS[VARIABLES[name].units])
    table.add_section()
    for name, label in (("maximum_power", "power P_max"), ("maximum_power_time", "  at time")):
        if name in result:
            table.add_row(label, *_numbers(result, name, kinds), UNITS[VARIABLES[name].units])
    console.print(table)
    _verdict(attributes, console)


def discharging_table(
    battery: DopoBattery | None, charged: xr.Dataset, runs: list[xr.Dataset], console: Console | None = None
) -> None:
    """Print what the battery held when it was disconnected, and how much of it a load gets at each coupling.

    battery: None where its declaration is not known.  charged: the result that was disconnected.  runs: discharges.
    """
    console = console or Console(highlight=False)
    first = runs[0].attrs
    if battery is not None:
        _of_battery(battery, console)
    console.print(f"method    {_method(charged.attrs)}", soft_wrap=True)
    assumed = " (assumed, the source does not say)" if first.get("gamma_s_from") == "assumed" else ""
    console.print(
        f"load      γ_a = {first['gamma_a']:g}, ω_a − ω_s = {first['detuning']:g}; "
        f"the battery loses γ_s' = {first['gamma_s']:g}{assumed}\n"
    )
    held = charged.sel(time=first["disconnected_at"])
    kinds = {suffix: heading for suffix, heading in ANY.items() if f"ergotropy{suffix}" in held}
    title = f"battery when disconnected, γ_s t = {_at(first['disconnected_at'])}"
    table = _headed(title, "quantity", "value", *kinds.values())
    for name in ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent"):
        table.add_row(ROWS[name], *_numbers(held, name, kinds))
    console.print(table)
    worth = float(held["ergotropy"])
    heights = np.array([float(run["load_ergotropy_maximum"]) for run in runs])
    kinds = {suffix: heading for suffix, heading in ANY.items() if f"load_ergotropy_maximum{suffix}" in runs[0]}
    table = _headed("\nfirst maximum of the load's ergotropy", "g_a", "ħω_a", *kinds.values(), "at γ_s t", "of W")
    for run, height in zip(runs, heights, strict=True):
        best = " (best)" if len(runs) > 1 and height == np.fmax.reduce(heights) > 0 else ""
        cells = ["none", *["-"] * (len(kinds) + 2)]
        if np.isfinite(height):
            when = _numbers(run, "load_ergotropy_maximum_time", ANY)[0] if height > 0 else "-"
            cells = [*_numbers(run, "load_ergotropy_maximum", kinds), when, _share(height, worth)]
        table.add_row(f"{run.attrs['coupling']:g}{best}", *cells)
    if "strong_coupling_limit" in first:
        limit = first["strong_coupling_limit"]
        table.add_row("→ ∞", f"{limit:.4f}", *["-"] * (len(kinds) + 1), _share(limit, worth))
    console.print(table)
    _verdict(merged_verdict([run.attrs for run in runs], "couplings"), console)


def sweep_table(swept: xr.Dataset, console: Console | None = None) -> None:
    """Print what is stored at the last time of a sweep, point by point with sampling errors, and count the verdicts."""
    console = console or Console(highlight=False)
    names = [str(name) for name in json.loads(swept.attrs["swept"])]
    methods = SOLVER in swept.dims
    last = swept.isel(time=-1).stack(point=[*names, *([SOLVER] if methods else [])], create_index=False)
    count = last.sizes["point"]
    shown = range(count) if count <= MOST_ROWS else np.linspace(0, count - 1, MOST_ROWS).round().astype(int)
    if not methods:
        console.print(f"method    {swept.attrs['method']}", soft_wrap=True)
    many = f", {MOST_ROWS} of {count:,} points" if count > MOST_ROWS else ""
    columns = [*(name.replace("_", " ") for name in names), *(["method"] if methods else [])]
    columns += [*ROW_SYMBOLS.values(), "verdict"]
    table = _headed(f"γ_s t = {_at(float(last['time']))}, energies in ħω_s (standard error){many}", *columns)
    table.box, table.padding = SIMPLE_HEAD, (0, 0, 0, 1)
    for index in shown:
        point = last.isel(point=int(index))
        place = [f"{float(point[name]):.5g}" for name in names] + ([str(point[SOLVER].values)] if methods else [])
        table.add_row(
            *place, *(_with_error(point, name) for name in ROW_SYMBOLS), VERDICTS[int(point["verdict_by_time"])]
        )
    # A narrow terminal may break lines, but no digit is cut off.
    width = Measurement.get(console, console.options.update(width=10_000), table).maximum
    Console(file=console.file, width=max(width, console.width), highlight=False).print(table)
    for value, word in enumerate(VERDICTS):
        here = last["verdict"].values == value
        reasons = dict.fromkeys(r for text in last["verdict_reasons"].values[here] for r in json.loads(text))
        if here.any():
            console.print(f"{word:9} {int(here.sum())} of {count} points, over all times")
        for reason in list(reasons)[:MOST_REASONS]:
            console.print(f"          - {reason}", soft_wrap=True)
        if len(reasons) > MOST_REASONS:
            console.print(f"          - and {len(reasons) - MOST_REASONS} more, in `verdict_reasons`")


def _with_error(point: xr.Dataset, name: str) -> str:
    """A value with its sampling error in the last digits, as 14.730(36); to four digits where it has none."""
    value, error = float(point[name]), float(point.get(f"{name}_stderr", float("nan")))
    if not isfinite(value):
        return "-"
    if not isfinite(error) or error < SMALLEST_SHOWN:
        return f"{value:.4g}" if abs(value) >= SMALLEST_SHOWN else "0"
    digits = _places(error, 2)
    return f"{round(value, digits) + 0.0:.{digits}f}({error * 10**digits:.0f})"


def agreement_table(comparison: xr.Dataset, console: Console | None = None) -> None:
    """Print how far two results are apart in every quantity, what would have been seen, and the verdict."""
    console = console or Console(highlight=False)
    attributes = comparison.attrs
    for role in ("run", "reference"):
        console.print(f"{role:9} {attributes[f'{role}_method']}, verdict {attributes[f'{role}_verdict']}")
    table = Table(title="\nz = difference beyond all bounds / standard error", title_justify="left")
    table.add_column("quantity")
    for heading in ("largest z", "at time", "mean z²", "chance", "detectable"):
        table.add_column(heading, justify="right")
    for name in comparison["quantity"].values:
        row = {key: array.item() for key, array in comparison.sel(quantity=name).items() if not array.dims}
        table.add_row(
            str(name),
            f"{row['largest_z']:.2f}",
            f"{row['largest_z_time']:.4g}",
            f"{row['mean_square_z']:.2f}",
            f"{row['chance']:.2g}",
            "> 100%" if row["detectable_share"] > 1 else f"{row['detectable_share']:.2%}",
        )
    console.print(table)
    console.print(
        "chance: of such z if nothing differs; detectable: what would have been doubted, of the largest value\n"
    )
    missing, rare, apart = comparison["missing"].sum(), comparison["rare"].sum(), attributes["times_in_one_only"]
    bare = json.loads(attributes["without_errors"])
    left_out = [
        f"{int(missing)} points are NaN or without error bar" if missing else "",
        f"{int(rare)} probabilities are too rare" if rare else "",
        f"{int(apart)} times are in one result only" if apart else "",
        f"no errors stated in one result for {', '.join(bare)}" if bare else "",
    ]
    if any(left_out):
        console.print(f"left out  {'; '.join(text for text in left_out if text)}", soft_wrap=True)
    _verdict(attributes, console)


def _at(time: float) -> str:
    return "∞" if time == float("inf") else f"{time:g}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole > 0 else "-"


def _of_battery(battery: DopoBattery, console: Console) -> None:
    console.print(
        f"\nbattery   F_p = {_pump(battery)}, κ = {battery.kappa:g}, γ_p = {battery.gamma_p:g}, "
        f"Δ = {battery.detuning:g}   (rates in γ_s = {battery.gamma_s:g})"
    )
    console.print(
        f"          λ = |F_p|/F_th = {battery.pump_ratio:.4g} with F_th = {battery.threshold:.4g}, "
        f"g² = {battery.noise_parameter:.4g}"
    )


def _headed(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table


def _verdict(attributes: dict[str, Any], console: Console) -> None:
    console.print(f"verdict   {attributes['verdict']}")
    for reason in json.loads(attributes["verdict_reasons"]):
        console.print(f"          - {reason}", soft_wrap=True)


def _method(attributes: dict[str, Any]) -> str:
    """How the result was found: trajectories and their step, or the settings of another method."""
    if "trajectories" not in attributes:
        settings = [f"{name} {attributes[name]}" for name in ("about", "cutoffs", "tolerance") if name in attributes]
        return ", ".join([attributes["method"], *settings])
    why = f" (doubled until ± {attributes['target_stderr']:g} in n̄)" if "target_stderr" in attributes else ""
    return (
        f"{int(attributes['trajectories']):,} {attributes['method']} trajectories{why}, "
        f"{attributes['integrator']}, seed {attributes['seed']}\n"
        f"          step {attributes['step']:.3g} = {attributes['step_reason']}"
    )


def is_steady(result: xr.Dataset, share: float = 0.2) -> bool:
    """Whether energy and ergotropy moved by less than three standard errors, or 1 %, over the last part of the run."""
    late = result.sel(time=slice(float(result.time[-1]) * (1 - share), None))
    for name in ("energy", "ergotropy"):
        values = late[name].values
        errors = late[f"{name}_stderr"].values if f"{name}_stderr" in late else np.zeros(values.shape)
        allowed = max(3 * (errors[-1] ** 2 + errors[0] ** 2) ** 0.5, 0.01 * abs(values[-1]))
        if not abs(values[-1] - values[0]) <= allowed:
            return False
    return len(late.time) > 1


def _numbers(values: xr.Dataset, name: str, kinds: dict[str, str]) -> list[str]:
    """Value and its errors, the value with digits down to the second one of the error that decides them.

    Three digits that count where an error is not known.
    """
    errors = {kind: float(values[name + kind]) for kind in kinds if name + kind in values}
    found = float(values[name])
    # A sampling error is known to two digits itself; bounds are sizes, of which the largest decides.
    decisive = errors.get("_stderr", max(errors.values(), default=0.0))
    digits = _places(decisive, 2) if decisive > 0 and isfinite(decisive) else 4
    if not all(map(isfinite, errors.values())):
        digits = _places(found, 3) if found and isfinite(found) else 2
    shown = {kind: f"{error:.2g}" if isfinite(error) else "unknown" for kind, error in errors.items()}
    if isfinite(errors.get("_stderr", float("nan"))):
        shown["_stderr"] = f"{decisive:.{digits}f}"
    # Adding zero turns the −0.0 of a rounded value into 0.0.
    value = f"{round(found, digits) + 0.0:.{digits}f}"
    return [value, *(shown.get(kind, "-") for kind in kinds)]


def _places(size: float, significant: int) -> int:
    """Decimal places down to so many digits that count."""
    return max(0, significant - 1 - int(f"{size:e}".split("e")[1]))


def _pump(battery: DopoBattery) -> str:
    pump = battery.pump
    if isinstance(pump, complex):
        return f"{pump.real:g}" if pump.imag == 0 else f"{pump:g}"
    return repr(pump)
