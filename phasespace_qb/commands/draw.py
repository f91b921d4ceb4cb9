"""`phasespace-qb plot`: results as pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from phasespace_qb.commands import DONE
from phasespace_qb.commands.output import picture_target, save_picture, shown


@dataclass(frozen=True)
class Kind:
    """A picture: its function in `phasespace_qb.plot`, a variable that it needs, and whether it shows several runs."""

    function: str
    needs: str
    several: bool = True


KINDS = {
    "sweep": Kind("sweep", "request", several=False),
    "discharge": Kind("discharge", "load_ergotropy"),
    "charging": Kind("charging", "charging_power"),
    "number-distribution": Kind("number_distribution", "number_distribution"),
    "wigner": Kind("wigner", "density_matrix", several=False),
    "portrait": Kind("phase_portrait", "portrait_histogram", several=False),
    "validity": Kind("validity", "verdict_by_time"),
}
"""Pictures by their names on the command line; the first that the files allow is drawn unless asked otherwise."""


def draw(
    files: Annotated[list[str], typer.Argument(help="Result files written by charge or discharge.")],
    kind: Annotated[
        str | None, typer.Option(help=f"{', '.join(KINDS)}; the first that the files allow if left out.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="Picture to write; if left out, the first file's name with .png, or .KIND.png if asked for."),
    ] = None,
) -> int:
    """Draw results again: curves of one or more runs, or the states of one."""
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import load

    if kind is not None and kind not in KINDS:
        raise ValueError(refusal("kind", f"one of {', '.join(KINDS)}", kind))
    runs = [load(file) for file in files]
    usual = _usual(runs)
    chosen = kind or usual
    if chosen is None:
        needed = ", ".join(each.needs for each in KINDS.values())
        raise ValueError(refusal("files", f"results that all have one of {needed}", [*map(str, files)]))
    if len(files) > 1 and not KINDS[chosen].several:
        raise ValueError(refusal("files", f"a single file for {chosen}", len(files)))
    ending = ".png" if chosen == usual else f".{chosen}.png"
    target = picture_target(out or Path(files[0]).with_suffix(ending), "charge")

    from phasespace_qb import plot

    figure, _ = getattr(plot, KINDS[chosen].function)(*runs)
    save_picture(figure, target)
    typer.echo(f"written   {shown(target)}")
    return DONE


def _usual(runs: list[Any]) -> str | None:
    """The first kind that all of these results allow."""
    allowed = (
        name
        for name, kind in KINDS.items()
        if all(kind.needs in run for run in runs) and (kind.several or len(runs) == 1)
    )
    return next(allowed, None)
