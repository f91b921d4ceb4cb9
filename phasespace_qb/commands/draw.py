"""`phasespace-qb plot`: results as pictures."""

from pathlib import Path
from typing import Annotated

import typer

from phasespace_qb.commands import DONE
from phasespace_qb.commands.output import picture_target, save_picture, shown


def draw(
    files: Annotated[list[str], typer.Argument(help="Result files written by charge.")],
    kind: Annotated[str, typer.Option(help="charging or portrait.")] = "charging",
    out: Annotated[str | None, typer.Option(help="Picture to write; the first file's name with .png.")] = None,
) -> int:
    """Draw results again: the charging curves of one or more runs, or the phase portrait of one."""
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import load

    if kind not in ("charging", "portrait"):
        raise ValueError(refusal("kind", "charging or portrait", kind))
    if kind == "portrait" and len(files) > 1:
        raise ValueError(refusal("files", "a single file for a portrait", len(files)))
    runs = [load(file) for file in files]
    first = Path(files[0])
    target = picture_target(out or first.with_suffix(".png" if kind == "charging" else ".portrait.png"), "charge")

    from phasespace_qb.plot import charging, phase_portrait

    figure, _ = charging(*runs) if kind == "charging" else phase_portrait(runs[0])
    save_picture(figure, target)
    typer.echo(f"written   {shown(target)}")
    return DONE
