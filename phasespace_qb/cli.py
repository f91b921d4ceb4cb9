"""The command `phasespace-qb`: parse, call, print.  No physics; heavy imports wait until a command needs them."""

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from phasespace_qb.errors import PhaseSpaceError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
MOST_SAMPLES = 100_000

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Phase-space simulation of quantum batteries: trajectories, and the work that they store.",
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with 0 (done), 1 (rejected or failed), 2 (bad input) or 130 (interrupted).

    What goes wrong is one line on stderr; a traceback would be a fault of ours.
    """
    for stream in (sys.stdout, sys.stderr):
        # Greek letters must not cost a run where the terminal or a redirection cannot show them.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = app(arguments, standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (ValueError, TypeError, OSError) as error:
        _complain(str(error))
        code = BAD_INPUT
    except PhaseSpaceError as error:
        _complain(str(error))
        code = FAILED
    except Exception as error:
        # typer keeps its own copy of click's exceptions; all of them can say what is wrong with the command line.
        describe = getattr(error, "format_message", None)
        if describe is None:
            if type(error).__name__ != "Abort":
                raise
            code = INTERRUPTED
        else:
            if describe():
                _complain(f"{describe()} See phasespace-qb --help.")
            code = BAD_INPUT
    if code == INTERRUPTED:  # typer turns most interrupts into this code
        _complain("interrupted; no incomplete file was left.")
    raise SystemExit(code if isinstance(code, int) else DONE)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        from phasespace_qb import __version__

        typer.echo(__version__)
        raise typer.Exit(DONE)


@app.command()
def charge(
    pump: Annotated[str, typer.Option(help="Pump amplitude F_p, units sqrt(gamma_s); complex as 3+1j.")] = "3",
    kappa: Annotated[str, typer.Option(help="Nonlinear coupling, units gamma_s.")] = "0.5",
    gamma_p: Annotated[str, typer.Option(help="Energy decay rate of the pump mode, units gamma_s.")] = "16",
    detuning: Annotated[str, typer.Option(help="Detuning of the signal, units gamma_s.")] = "0",
    off_at: Annotated[str | None, typer.Option(help="Switch the pump off at this time, units 1/gamma_s.")] = None,
    until: Annotated[str, typer.Option(help="Last time, units 1/gamma_s.")] = "40",
    samples: Annotated[str, typer.Option(help="Number of times to save, from 0 to the last.")] = "201",
    method: Annotated[str, typer.Option(help="positive-p or wigner.")] = "positive-p",
    trajectories: Annotated[str | None, typer.Option(help="Number of trajectories; 100000 if left out.")] = None,
    target_stderr: Annotated[
        str | None, typer.Option(help="Instead of a number: stop at this standard error of n, in quanta.")
    ] = None,
    step: Annotated[str | None, typer.Option(help="Longest time step, units 1/gamma_s; chosen if left out.")] = None,
    seed: Annotated[str | None, typer.Option(help="Seed of the random numbers; fresh if left out.")] = None,
    out: Annotated[str, typer.Option(help="Result file; the picture gets the same name with .png.")] = "charge.nc",
) -> int:
    """Charge the battery from vacuum: a table, a result file and a picture."""
    from phasespace_qb.errors import require_count, require_real
    from phasespace_qb.results.store import check_writable

    last = require_real(
        "until", _number("until", until), "a finite positive time (units of 1/gamma_s)", lambda t: t > 0
    )
    count = require_count("samples", _number("samples", samples, _count), at_least=2, at_most=MOST_SAMPLES)
    battery = _battery(pump, kappa, gamma_p, detuning, off_at)
    chosen = _method(method, trajectories, target_stderr, step, seed)
    target = check_writable(out)
    picture = check_writable(target.with_suffix(".png"))
    if picture == target:
        from phasespace_qb.errors import refusal

        raise ValueError(refusal("out", "the result file, not the picture", out, "End it with .nc."))

    import numpy as np

    _need_no_screen()
    from phasespace_qb.plot import charging
    from phasespace_qb.report import charging_table
    from phasespace_qb.results.store import save
    from phasespace_qb.simulation import simulate

    with _progress() as report:
        result = simulate(battery, np.linspace(0.0, last, count), chosen, progress=report)
    options = {
        "pump": pump,
        "kappa": kappa,
        "gamma-p": gamma_p,
        "detuning": detuning,
        "off-at": off_at,
        "until": until,
        "samples": samples,
        "method": method,
        "trajectories": trajectories,
        "target-stderr": target_stderr,
        "step": step,
    }
    given = [f"--{name}={value}" for name, value in options.items() if value is not None]
    result.attrs["title"] = rf"$F_p = {_shown_number(pump)}$, $\lambda = {battery.pump_ratio:.3g}$"
    result.attrs["command"] = shlex.join(["phasespace-qb", "charge", *given, f"--seed={result.attrs['seed']}"])
    save(result, target)
    _save_picture(charging(result)[0], picture)
    charging_table(battery, result)
    typer.echo(f"written   {_shown(target)}, {_shown(picture)}")
    return FAILED if result.attrs["verdict"] == "reject" else DONE


@app.command("plot")
def draw(
    files: Annotated[list[str], typer.Argument(help="Result files written by charge.")],
    kind: Annotated[str, typer.Option(help="charging or portrait.")] = "charging",
    out: Annotated[str | None, typer.Option(help="Picture to write; the first file's name with .png.")] = None,
) -> int:
    """Draw results again: the charging curves of one or more runs, or the phase portrait of one."""
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import check_writable, load

    if kind not in ("charging", "portrait"):
        raise ValueError(refusal("kind", "charging or portrait", kind))
    if kind == "portrait" and len(files) > 1:
        raise ValueError(refusal("files", "a single file for a portrait", len(files)))
    runs = [load(file) for file in files]
    first = Path(files[0])
    target = check_writable(out or first.with_suffix(".png" if kind == "charging" else ".portrait.png"))

    _need_no_screen()
    from matplotlib.backend_bases import FigureCanvasBase

    from phasespace_qb.plot import charging, phase_portrait

    if target.suffix[1:].lower() not in FigureCanvasBase.get_supported_filetypes():
        raise ValueError(refusal("out", "a picture, such as charge.png or charge.pdf", str(target)))
    figure, _ = charging(*runs) if kind == "charging" else phase_portrait(runs[0])
    _save_picture(figure, target)
    typer.echo(f"written   {_shown(target)}")
    return DONE


@app.command()
def doctor() -> int:
    """Check this installation: versions, cores, kernel cache, and a short run with a known answer."""
    from rich.console import Console

    from phasespace_qb.doctor import examine

    console, checks = Console(highlight=False), examine()
    width = max(len(check.what) for check in checks)
    for check in checks:
        console.print(f"{'ok ' if check.good else 'BAD'}  {check.what:{width}}  {check.found}", soft_wrap=True)
    good = all(check.good for check in checks)
    console.print("verdict: all in order" if good else "verdict: see the lines marked BAD")
    return DONE if good else FAILED


def _battery(pump: str, kappa: str, gamma_p: str, detuning: str, off_at: str | None) -> Any:
    from phasespace_qb.models.dopo import DopoBattery
    from phasespace_qb.models.drives import SwitchedOff, require_amplitude

    amplitude = require_amplitude("pump", _number("pump", pump, _real_or_complex))
    drive = amplitude if off_at is None else SwitchedOff(amplitude, at=_number("off-at", off_at))
    return DopoBattery(
        pump=drive,
        kappa=_number("kappa", kappa),
        gamma_p=_number("gamma-p", gamma_p),
        detuning=_number("detuning", detuning),
    )


def _method(name: str, trajectories: str | None, target_stderr: str | None, step: str | None, seed: str | None) -> Any:
    from phasespace_qb.errors import refusal
    from phasespace_qb.methods import PositiveP, TruncatedWigner

    methods = {"positive-p": PositiveP, "wigner": TruncatedWigner}
    if name.lower() not in methods:
        raise ValueError(refusal("method", " or ".join(methods), name))
    return methods[name.lower()](
        None if trajectories is None else _number("trajectories", trajectories, _count),
        target_stderr=None if target_stderr is None else _number("target-stderr", target_stderr),
        step=None if step is None else _number("step", step),
        rng=None if seed is None else _number("seed", seed, int),
    )


def _number(name: str, text: str, kind: Callable[[str], Any] = float) -> Any:
    from phasespace_qb.errors import refusal

    try:
        return kind(text)
    except ValueError:
        raise ValueError(refusal(name, _WANTED.get(kind, "a number"), text)) from None


def _real_or_complex(text: str) -> float | complex:
    value = complex(re.sub(r"\s*([+-])\s*", r"\1", text.strip()))
    return value if value.imag else value.real


def _count(text: str) -> float:
    """Whole numbers as they are, and 1e5 too."""
    return int(text) if text.strip().lstrip("+-").isdigit() else float(text)


_WANTED: dict[Callable[[str], Any], str] = {
    _real_or_complex: "a number, complex as 3+1j",
    int: "a whole number",
    _count: "a whole number, such as 100000 or 1e5",
}


class _progress:
    """A progress bar on stderr with the time left; silent where stderr is no terminal."""

    def __enter__(self) -> Callable[[int, int], None]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("compiling, then trajectories", total=None)
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total, description="trajectories")


def _need_no_screen() -> None:
    """Let matplotlib draw to files only, whatever MPLBACKEND says."""
    import matplotlib

    matplotlib.use("Agg")


def _save_picture(figure: Any, target: Path) -> None:
    """Write a picture under a temporary name, then rename it."""
    import os

    temporary = target.with_name(f".{target.stem}.{os.getpid()}.partial{target.suffix}")
    try:
        figure.savefig(temporary, dpi=200)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _shown_number(text: str) -> str:
    return f"{_real_or_complex(text):g}"


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _complain(message: str) -> None:
    print("phasespace-qb:", *message.split(), file=sys.stderr)
