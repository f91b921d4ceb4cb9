"""`phasespace-qb sweep`: the battery at many parameters."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from phasespace_qb.commands import DONE, FAILED, options
from phasespace_qb.commands.output import SweepProgress, need_no_screen, save_picture, shown

TRAJECTORIES = "10000"
"""At each point, unless said otherwise; a single run has more."""
FLAG = "common_random_numbers"
"""The option that is either there or not."""
LADDER = "log"
"""What makes a range geometric."""


def sweep(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(help="TOML file: these options as keys, and a table [over]. Options given here win.")
    ] = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            help='What is swept: "pump=1:3:21" (first:last:how many), "noise-parameter=1e-6:0.1:11:log", or '
            '"kappa=0.25 0.5"; again for each further parameter. Also threshold-ratio and loss-ratio.'
        ),
    ] = None,
    pump: options.Pump = "3",
    kappa: options.Kappa = "0.5",
    gamma_p: options.GammaP = "16",
    detuning: options.Detuning = "0",
    until: options.Until = "40",
    samples: options.Samples = "5",
    method: Annotated[str, typer.Option(help=f"One or more of {', '.join(options.METHODS)}.")] = "positive-p",
    trajectories: Annotated[str | None, typer.Option(help="Number at each point; 10000 if left out.")] = None,
    target_stderr: options.TargetStderr = None,
    step: options.Step = None,
    seed: options.Seed = None,
    cutoffs: options.Cutoffs = None,
    tolerance: options.Tolerance = None,
    common_random_numbers: Annotated[
        bool, typer.Option("--common-random-numbers", help="Let all points see the same random numbers.")
    ] = False,
    out: Annotated[
        str, typer.Option(help="Result file; points that it holds already are not computed again.")
    ] = "sweep.nc",
) -> int:
    """Sweep parameters of the battery: a table, a result file that can be extended, and a picture."""
    from phasespace_qb.errors import refusal, require_one_of
    from phasespace_qb.results.store import check_writable
    from phasespace_qb.sweeping.grid import grid_of

    asked = {name: value for name, value in context.params.items() if name not in ("file", "over")}
    swept = _over(over or [])
    if file is not None:
        told, swept = _read(file, swept, asked)
        asked |= {name: value for name, value in told.items() if not options.is_typed(context, name)}
    battery = options.battery_of(asked["pump"], asked["kappa"], asked["gamma_p"], asked["detuning"], None)
    grid_of(battery, swept)
    times = options.times_of(asked["until"], asked["samples"])
    of_method = {name: asked[name.replace("-", "_")] for name in options.of_methods(context)}
    names = asked["method"].replace(",", " ").lower().split()
    for name in names:
        require_one_of("method", name, options.METHODS)
    if len(set(names)) < len(names) or not names:
        raise ValueError(refusal("method", f"one or more of {', '.join(options.METHODS)}, each once", asked["method"]))
    if of_method["trajectories"] is None and of_method["target-stderr"] is None and _samples(names):
        of_method["trajectories"] = TRAJECTORIES
    methods = dict(zip(names, options.methods_of({n: n for n in names}, of_method), strict=True))
    target = check_writable(asked["out"])
    picture = check_writable(target.with_suffix(".png"))
    if picture == target:
        raise ValueError(refusal("out", "the result file, not the picture", asked["out"], "End it with .nc."))

    need_no_screen()
    import numpy as np

    from phasespace_qb import plot
    from phasespace_qb.report import sweep_table
    from phasespace_qb.results.store import save
    from phasespace_qb.sweeping.protocol import sweep as swept_over

    done = [0, 0]

    def count(now: int, total: int, left: float) -> None:
        done[:] = now, total
        report(now, total, left)

    try:
        with SweepProgress() as report:
            result = swept_over(
                battery,
                swept,
                times,
                methods if len(methods) > 1 else methods[names[0]],
                common_random_numbers=asked[FLAG],
                checkpoint=target,
                progress=count,
            )
    except KeyboardInterrupt:
        if target.exists():
            text = f"about {done[0]} of {done[1]} points are in {shown(target)}; the same command goes on from there."
            typer.echo(f"phasespace-qb: {text}", err=True)
        raise
    seeds = {
        str(seed) for seed in np.ravel(result["seed"].values if "seed" in result else result.attrs.get("seed", ""))
    }
    if asked["seed"] is None and len(seeds - {""}) == 1:
        (asked["seed"],) = seeds - {""}  # the one that was drawn
    result.attrs["command"] = _command(asked, swept)
    save(result, target)
    save_picture(plot.sweep(result)[0], picture)
    sweep_table(result)
    typer.echo(f"written   {shown(target)}, {shown(picture)}")
    return FAILED if (result["verdict"] == 2).any() else DONE


def _samples(names: list[str]) -> bool:
    return any("trajectories" in options.METHODS[name].takes for name in names)


def _over(texts: list[str]) -> dict[str, Any]:
    """Names and values of `--over`: NAME=FIRST:LAST:COUNT, the same with :log, or NAME=VALUE VALUE …"""
    from phasespace_qb.errors import refusal

    swept: dict[str, Any] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name or not values.strip():
            raise ValueError(refusal("over", 'of the form "pump=1:3:21" or "kappa=0.25 0.5"', text))
        if name in swept:
            raise ValueError(refusal("over", "about each parameter once", text))
        swept[name] = _range(text, values.split(":")) if ":" in values else _list(name, values)
    return swept


def _list(name: str, values: str) -> list[float]:
    return [options.number(name, value) for value in values.replace(",", " ").split()]


def _range(text: str, parts: list[str]) -> Any:
    """Values from FIRST:LAST:COUNT or FIRST:LAST:COUNT:log."""
    import numpy as np

    from phasespace_qb.errors import refusal, require_count, require_real

    must_be = "FIRST:LAST:COUNT, or FIRST:LAST:COUNT:log"
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[3].strip() != LADDER):
        raise ValueError(refusal("over", must_be, text))
    first, last = (require_real("over", options.number("over", part), "finite") for part in parts[:2])
    count = require_count("over", options.number("over", parts[2], options.count_of), at_most=1_000_000)
    if len(parts) == 3:
        return np.linspace(first, last, count)
    if not (first > 0 and last > 0):
        raise ValueError(refusal("over", "positive for a geometric range", text))
    return np.geomspace(first, last, count)


def _read(file: str, swept: dict[str, Any], known: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options and what is swept from a TOML file; `swept` from the command line replaces the file's of that name."""
    import tomllib

    from phasespace_qb.errors import refusal, require_one_of

    try:
        content = tomllib.loads(Path(file).expanduser().read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(refusal("file", "a TOML file", file, "There is no such file.")) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(refusal("file", "a TOML file", file, f"({error})")) from None
    over = content.pop("over", {})
    if not isinstance(over, dict):
        raise ValueError(refusal("over", "a table, such as [over] with pump = [1, 2, 3]", over))
    found: dict[str, Any] = {}
    for name, values in _normalised(over).items():
        found |= _over([f"{name}={values}"]) if isinstance(values, str) else {name: values}
    told: dict[str, Any] = {}
    for name, value in _normalised(content).items():
        require_one_of("key", name, [*known, "over"])
        if isinstance(value, bool) is not (name == FLAG):
            must_be = "true or false" if name == FLAG else "a number, a text or a list"
            raise ValueError(refusal(name, must_be, value))
        told[name] = value if name == FLAG else _as_typed(value)
    return told, found | swept


def _normalised(table: dict[str, Any]) -> dict[str, Any]:
    """The same with underscores in its keys; refuse two that become one."""
    from phasespace_qb.errors import refusal

    result: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name in result:
            raise ValueError(refusal(key, "given once", "a second value, with - and with _"))
        result[name] = value
    return result


def _as_typed(value: Any) -> str:
    """A value of a file as it would be typed."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _command(asked: dict[str, Any], swept: dict[str, Any]) -> str:
    """The command line that makes the same sweep."""
    given = [f"--over={name}={' '.join(repr(float(value)) for value in values)}" for name, values in swept.items()]
    for name, value in asked.items():
        if name == FLAG:
            given += ["--common-random-numbers"] if value else []
        elif value is not None and name not in swept:
            given.append(f"--{name.replace('_', '-')}={value}")
    return shlex.join(["phasespace-qb", "sweep", *given])
