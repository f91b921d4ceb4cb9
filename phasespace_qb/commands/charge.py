"""`phasespace-qb charge`: the battery from vacuum."""

import shlex
from typing import Annotated

import typer

from phasespace_qb.commands import DONE, FAILED, options
from phasespace_qb.commands.output import Progress, need_no_screen, save_picture, shown


def charge(
    context: typer.Context,
    pump: options.Pump = "3",
    kappa: options.Kappa = "0.5",
    gamma_p: options.GammaP = "16",
    detuning: options.Detuning = "0",
    off_at: options.OffAt = None,
    until: options.Until = "40",
    samples: options.Samples = "201",
    method: Annotated[str, typer.Option(help=f"{', '.join(options.METHODS)}.")] = "positive-p",
    trajectories: options.Trajectories = None,
    target_stderr: options.TargetStderr = None,
    step: options.Step = None,
    seed: options.Seed = None,
    cutoffs: options.Cutoffs = None,
    tolerance: options.Tolerance = None,
    out: Annotated[str, typer.Option(help="Result file; the picture gets the same name with .png.")] = "charge.nc",
) -> int:
    """Charge the battery from vacuum: a table, a result file and a picture."""
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import check_writable

    times = options.times_of(until, samples)
    battery = options.battery_of(pump, kappa, gamma_p, detuning, off_at)
    of_method = options.of_methods(context)
    (chosen,) = options.methods_of({"method": method}, of_method)
    target = check_writable(out)
    picture = check_writable(target.with_suffix(".png"))
    if picture == target:
        raise ValueError(refusal("out", "the result file, not the picture", out, "End it with .nc."))

    need_no_screen()
    from phasespace_qb.plot import charging
    from phasespace_qb.report import charging_table
    from phasespace_qb.results.store import save
    from phasespace_qb.simulation import simulate

    with Progress() as report:
        result = simulate(battery, times, chosen, progress=report)
    of_battery = {"pump": pump, "kappa": kappa, "gamma-p": gamma_p, "detuning": detuning, "off-at": off_at}
    typed = of_battery | {"until": until, "samples": samples, "method": method} | of_method
    # The seed that was drawn, if none was given.
    typed["seed"] = result.attrs.get("seed")
    given = [f"--{name}={value}" for name, value in typed.items() if value is not None]
    result.attrs["title"] = options.title_of(pump, battery)
    result.attrs["command"] = shlex.join(["phasespace-qb", "charge", *given])
    save(result, target)
    written = [target]
    # Linear theory about a branch starts charged: it has a state at each time, and no charging curve.
    if "charging_power" in result:
        save_picture(charging(result)[0], picture)
        written.append(picture)
    charging_table(battery, result)
    typer.echo(f"written   {', '.join(map(shown, written))}")
    return FAILED if result.attrs["verdict"] == "reject" else DONE
