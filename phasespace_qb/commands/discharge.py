"""`phasespace-qb discharge`: what a charged battery is worth to a two-level load."""

import shlex
from typing import Annotated, Any

import typer

from phasespace_qb.commands import DONE, FAILED, options
from phasespace_qb.commands.output import Progress, need_no_screen, save_picture, shown

SAVES = 51
"""Times at which the charging is saved."""
OF_CHARGING = ["pump", "kappa", "gamma_p", "detuning", "charge_until", "hold", "method"]
OF_CHARGING += ["trajectories", "target_stderr", "step", "seed", "cutoffs", "tolerance"]
"""Options that a stored result has settled already."""
PERIODS = 1.5
"""First Rabi periods of the weakest coupling that are shown."""


def discharge(
    context: typer.Context,
    pump: options.Pump = "3",
    kappa: options.Kappa = "0.5",
    gamma_p: options.GammaP = "16",
    detuning: options.Detuning = "0",
    charge_until: Annotated[str, typer.Option(help="Charge until this time, units 1/gamma_s.")] = "10",
    hold: Annotated[str, typer.Option(help="Then wait for this long with the pump off, units 1/gamma_s.")] = "0",
    method: Annotated[str, typer.Option(help=f"Of the charging: {', '.join(options.METHODS)}.")] = "positive-p",
    trajectories: options.Trajectories = None,
    target_stderr: options.TargetStderr = None,
    step: options.Step = None,
    seed: options.Seed = None,
    cutoffs: options.Cutoffs = None,
    tolerance: options.Tolerance = None,
    source: Annotated[str | None, typer.Option("--from", help="Discharge this stored result instead.")] = None,
    at: Annotated[str | None, typer.Option(help="With --from: which of its times; the last if left out.")] = None,
    coupling: Annotated[
        str, typer.Option(help="Couplings g_a of battery and load, units gamma_s.")
    ] = "3 6.5 10 13.5 17",
    gamma_s: Annotated[
        str | None, typer.Option(help="Loss of the battery while it discharges; its own if left out, units gamma_s.")
    ] = None,
    gamma_a: Annotated[str, typer.Option(help="Energy decay rate of the load, units gamma_s.")] = "1",
    load_detuning: Annotated[str, typer.Option(help="Frequency of the load less the battery's, units gamma_s.")] = "0",
    until: Annotated[
        str | None,
        typer.Option(
            help="Last time since disconnection; 1.5 Rabi periods of the weakest coupling, or 20 of the longest "
            "lifetime, if left out."
        ),
    ] = None,
    out: Annotated[
        str, typer.Option(help="Name of the files: discharge.png, and for each coupling discharge.g3.nc.")
    ] = "discharge.nc",
) -> int:
    """Charge the battery and discharge it into a two-level load: a table, a picture, a file for each coupling."""
    from phasespace_qb.discharging.disconnection import disconnected
    from phasespace_qb.discharging.protocol import discharge as discharged
    from phasespace_qb.discharging.protocol import loss_of, rabi_times
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import check_writable, load

    couplings = couplings_of(coupling)
    loss = None if gamma_s is None else _rate("gamma-s", gamma_s)
    rates = {
        "gamma_a": _rate("gamma-a", gamma_a),
        "detuning": _rate("load-detuning", load_detuning, signed=True),
    }
    times = None if until is None else _until(until)
    base = check_writable(out)
    if base.suffix == ".png":
        raise ValueError(refusal("out", "the name of the result files, not the picture", out, "End it with .nc."))
    picture = check_writable(base.with_suffix(".png"))
    targets = [check_writable(base.with_suffix(f".g{g:g}.nc")) for g in couplings]
    if source is not None:
        typed = [name for name in OF_CHARGING if options.is_typed(context, name)]
        if typed:
            wanted = "left out with --from, whose file says it itself"
            raise ValueError(refusal(typed[0].replace("_", "-"), wanted, "an option"))
        battery, charged, title = None, load(source), ""
        instant = None if at is None else options.number("at", at)
        disconnected(charged, instant)
    else:
        if at is not None:
            raise ValueError(refusal("at", "left out without --from", at, "Use --charge-until."))
        instant = None
        (chosen,) = options.methods_of({"method": method}, options.of_methods(context))
        length, pause = _positive("charge-until", charge_until), _rate("hold", hold, unit="time")
        battery = options.battery_of(pump, kappa, gamma_p, detuning, charge_until if pause else None)
        title = options.title_of(pump, battery)
        charged = _charged(battery, length + pause, chosen)

    need_no_screen()
    from phasespace_qb import plot
    from phasespace_qb.report import discharging_table
    from phasespace_qb.results.store import save

    if times is None:
        found = disconnected(charged, instant)
        times = rabi_times(found.numbers, couplings, PERIODS, (loss_of(found, loss), rates["gamma_a"]))
    command = _command(context, charged)
    runs = [discharged(charged, times, coupling=g, at=instant, gamma_s=loss, **rates) for g in couplings]
    for run, target in zip(runs, targets, strict=True):
        run.attrs |= {"title": title or charged.attrs.get("title", ""), "command": command}
        save(run, target)
    save_picture(plot.discharge(*runs)[0], picture)
    discharging_table(battery, charged, runs)
    typer.echo(f"written   {', '.join(map(shown, [*targets, picture]))}")
    return FAILED if any(run.attrs["verdict"] == "reject" for run in runs) else DONE


def couplings_of(text: str) -> list[float]:
    """Couplings from "3 6.5 10" or "3,6.5,10", each once and positive."""
    from phasespace_qb.errors import refusal

    try:
        values = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        values = []
    # Two that print alike would be one file.
    if not values or not all(0 < g < float("inf") for g in values) or len({f"{g:g}" for g in values}) < len(values):
        raise ValueError(refusal("coupling", 'positive rates, each once, as "3 6.5 10"', text))
    return values


def _charged(battery: Any, end: float, method: Any) -> Any:
    import numpy as np

    from phasespace_qb.simulation import simulate

    with Progress() as report:
        return simulate(battery, np.linspace(0.0, end, SAVES), method, progress=report)


def _rate(name: str, text: str, signed: bool = False, unit: str = "rate") -> float:
    from phasespace_qb.errors import require_real

    must_be = f"a finite {unit}" + ("" if signed else ", not negative")
    return require_real(name, options.number(name, text), must_be, lambda r: signed or r >= 0)


def _positive(name: str, text: str) -> float:
    from phasespace_qb.errors import require_real

    must_be = "a finite positive time (units of 1/gamma_s)"
    return require_real(name, options.number(name, text), must_be, lambda t: t > 0)


def _until(text: str) -> Any:
    import numpy as np

    return np.linspace(0.0, _positive("until", text), 2001)


def _command(context: typer.Context, charged: Any) -> str:
    """What repeats this run: everything that was typed, and the seed that was drawn."""
    names = {"source": "from"}
    typed = {
        names.get(name, name.replace("_", "-")): value
        for name, value in context.params.items()
        if name != "out" and options.is_typed(context, name)
    }
    if "from" not in typed and "seed" in charged.attrs:
        typed["seed"] = charged.attrs["seed"]
    return shlex.join(["phasespace-qb", "discharge", *(f"--{name}={value}" for name, value in typed.items())])
