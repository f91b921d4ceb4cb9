"""Speed, start-up and memory, each measured beside a peer or a smaller case in the same run."""

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured number; ratio is to the reference of its group, spread to the worst of the repetitions."""

    group: str
    case: str
    value: float
    unit: str
    spread: str = ""
    ratio: str = ""


def run_all(path: Path | None = None) -> list[Figure]:
    """Measure everything, print one table for each group, and write JSON if a path is given."""
    from validation.benchmarks.accuracy import accuracy, multilevel
    from validation.benchmarks.master_equation import master_equation
    from validation.benchmarks.measures import driven_kerr, linear_theory, orders, step_error_coverage
    from validation.benchmarks.memory import peak_memory
    from validation.benchmarks.speed import ring_speed, speed, thread_scaling
    from validation.benchmarks.startup import compile_times, startup
    from validation.benchmarks.sweeps import sweeps
    from validation.benchmarks.work import work

    console = Console(highlight=False)
    console.print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}; "
                  "process CPU time unless said otherwise, best of 5")  # fmt: skip
    figures: list[Figure] = []
    measures = (orders, step_error_coverage, linear_theory, driven_kerr)
    timings = (thread_scaling, ring_speed, startup, compile_times, peak_memory)
    for measure in (speed, work, sweeps, master_equation, accuracy, multilevel, *measures, *timings):
        measured = measure()
        _print(console, measured)
        figures += measured
    if path is not None:
        path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1), encoding="utf-8")
    return figures


def _print(console: Console, figures: list[Figure]) -> None:
    table = Table(title=figures[0].group, title_justify="left")
    for name in ("case", "value", "unit", "worst repetition, or bias", "ratio"):
        table.add_column(name, justify="left" if name in ("case", "unit") else "right")
    for figure in figures:
        table.add_row(figure.case, f"{figure.value:.4g}", figure.unit, figure.spread, figure.ratio)
    console.print(table)
