"""`phasespace-qb compare`: do two results, or two methods at the same parameters, agree?"""

from typing import Annotated, Any

import typer

from phasespace_qb.commands import DONE, FAILED, options
from phasespace_qb.commands.output import Progress, picture_target, save_picture, shown

NAMES = ", ".join(options.METHODS)


def compare(
    context: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(help="Two result files; without, both methods are run.")] = None,
    pump: options.Pump = "3",
    kappa: options.Kappa = "0.5",
    gamma_p: options.GammaP = "16",
    detuning: options.Detuning = "0",
    off_at: options.OffAt = None,
    until: options.Until = "40",
    samples: options.Samples = "201",
    method: Annotated[str, typer.Option(help=f"What is tested: {NAMES}.")] = "positive-p",
    reference: Annotated[str, typer.Option(help=f"What it is tested against: {NAMES}.")] = "lindblad",
    trajectories: options.Trajectories = None,
    target_stderr: options.TargetStderr = None,
    step: options.Step = None,
    seed: options.Seed = None,
    cutoffs: options.Cutoffs = None,
    tolerance: options.Tolerance = None,
    since: Annotated[str, typer.Option(help="Compare from this time on, units 1/gamma_s.")] = "0",
    out: Annotated[str, typer.Option(help="Picture to write.")] = "agreement.png",
    keep: Annotated[bool, typer.Option("--keep", help="Write both results beside the picture, too.")] = False,
) -> int:
    """Compare two results, or two methods at the same parameters: a table, a verdict and a picture."""
    from phasespace_qb.errors import refusal, require_real
    from phasespace_qb.results.store import check_writable, save

    start = require_real("since", options.number("since", since), "a finite time (units of 1/gamma_s)")
    target = picture_target(out, "agreement")
    kept = [check_writable(target.with_suffix(f".{role}.nc")) for role in ("run", "reference")] if keep else []
    if files:
        typed = [
            name for name in context.params if options.is_typed(context, name) and name not in ("files", "out", "since")
        ]
        runs = _stored(files, typed)
    else:
        chosen = options.methods_of({"method": method, "reference": reference}, options.of_methods(context))
        battery = options.battery_of(pump, kappa, gamma_p, detuning, off_at)
        times = options.times_of(until, samples)
        if start > times[-1]:
            raise ValueError(refusal("since", f"at most the last time, {times[-1]:g}", start))
        runs = _simulated(battery, times, chosen)
        for run in runs:
            run.attrs["title"] = options.title_of(pump, battery)

    import numpy as np

    from phasespace_qb import plot
    from phasespace_qb.report import agreement_table
    from phasespace_qb.results.comparison import agreement

    for run, path in zip(runs, kept, strict=False):
        save(run, path)
    # Steady states are the same at all times and to be compared with late ones only.
    late = [run.sel(time=slice(start, None)) for run in runs]
    found = agreement(*late)
    written = list(kept)
    # Steady states at the time ∞ have no curve.
    if all(np.isfinite(run["time"]).any() for run in late):
        save_picture(plot.agreement(*late)[0], target)
        written.insert(0, target)
    agreement_table(found)
    typer.echo(f"written   {', '.join(map(shown, written)) or 'nothing'}")
    rejected = "reject" in (found.attrs["run_verdict"], found.attrs["reference_verdict"])
    return FAILED if found.attrs["verdict"] == "disagree" or rejected else DONE


def _stored(files: list[str], typed: list[str]) -> list[Any]:
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import load

    if len(files) != 2:
        raise ValueError(refusal("files", "two results, or none to run two methods", len(files)))
    if typed:
        wanted = "left out with files, which say it themselves"
        raise ValueError(refusal(typed[0].replace("_", "-"), wanted, "an option"))
    return [load(file) for file in files]


def _simulated(battery: Any, times: Any, chosen: list[Any]) -> list[Any]:
    from dataclasses import replace

    from phasespace_qb.simulation import simulate

    run, reference = chosen
    if isinstance(seed := getattr(reference, "rng", None), int):
        # Of the same random numbers, the errors of two sampled results would not be independent.
        reference = replace(reference, rng=seed + 1)
    results = []
    for method in (run, reference):
        with Progress() as report:
            results.append(simulate(battery, times, method, progress=report))
    return results
