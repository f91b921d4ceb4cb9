"""What commands leave behind: progress on the screen, pictures that are complete or absent, names of files."""

from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any


class Progress:
    """A progress bar on stderr with the time left; silent where stderr is no terminal."""

    def __enter__(self) -> Callable[[int, int], None]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("compiling", total=None)
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total, description="running")


class SweepProgress:
    """How many points are done, and how long the others will take; silent where stderr is no terminal."""

    def __enter__(self) -> Callable[[int, int, float], None]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("compiling", total=None, left="")
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, done: int, total: int, seconds_left: float) -> None:
        left = "" if isnan(seconds_left) else f"{duration(seconds_left)} left"
        words = f"{done} of {total} points" if done or left else "compiling"
        self._bar.update(self._task, completed=done, total=total, description=words, left=left)


def duration(seconds: float) -> str:
    """A time as a person says it: 42 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def need_no_screen() -> None:
    """Let matplotlib draw to files only, whatever MPLBACKEND says."""
    import matplotlib

    matplotlib.use("Agg")


def picture_target(out: str | Path, example: str) -> Path:
    """The absolute path of a picture that can be written, in a format that matplotlib knows.

    Raises: ValueError for another ending, and whatever `check_writable` does.
    """
    from phasespace_qb.errors import refusal
    from phasespace_qb.results.store import check_writable

    target = check_writable(out)
    need_no_screen()
    from matplotlib.backend_bases import FigureCanvasBase

    if target.suffix[1:].lower() not in FigureCanvasBase.get_supported_filetypes():
        raise ValueError(refusal("out", f"a picture, such as {example}.png or {example}.pdf", str(target)))
    return target


def save_picture(figure: Any, target: Path) -> None:
    """Write a picture under a temporary name, rename it, and close the figure."""
    from matplotlib import pyplot as plt

    from phasespace_qb.results.store import replace_file

    try:
        replace_file(target, lambda temporary: figure.savefig(temporary, dpi=200))
    finally:
        plt.close(figure)


def shown(path: Path) -> str:
    """A path as a person would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
