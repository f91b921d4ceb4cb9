"""The command `phasespace-qb`: its commands, and what becomes of their errors."""

import sys
from typing import Annotated

import typer

from phasespace_qb.commands import BAD_INPUT, DONE, FAILED, INTERRUPTED
from phasespace_qb.commands.charge import charge
from phasespace_qb.commands.compare import compare
from phasespace_qb.commands.discharge import discharge
from phasespace_qb.commands.doctor import doctor
from phasespace_qb.commands.draw import draw
from phasespace_qb.commands.sweep import sweep

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Phase-space simulation of quantum batteries: trajectories, and the work that they store.",
)
app.command()(charge)
app.command()(sweep)
app.command()(discharge)
app.command()(compare)
app.command("plot")(draw)
app.command()(doctor)


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
    except Exception as error:
        code = _code_of(error)
    if code == INTERRUPTED:  # typer turns most interrupts into this code
        _complain("interrupted; no incomplete file was left.")
    raise SystemExit(code if isinstance(code, int) else DONE)


def _code_of(error: Exception) -> int:
    """Exit code of an error that is no plain refusal; what nobody expected is raised again."""
    from phasespace_qb.errors import PhaseSpaceError  # brings NumPy, which `--help` can do without

    # typer keeps its own copy of click's exceptions; all of them can say what is wrong with the command line.
    if describe := getattr(error, "format_message", None):
        if describe():
            _complain(f"{describe()} See phasespace-qb --help.")
        return BAD_INPUT
    if type(error).__name__ == "Abort":
        return INTERRUPTED
    if isinstance(error, PhaseSpaceError):
        _complain(str(error))
        return FAILED
    raise error


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        from phasespace_qb import __version__

        typer.echo(__version__)
        raise typer.Exit(DONE)


def _complain(message: str) -> None:
    print("phasespace-qb:", *message.split(), file=sys.stderr)
