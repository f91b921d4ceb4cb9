"""The paper's numbers: what its own cutoffs give, and what remains at converged ones."""

import json
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from validation.paper.claims import CLAIMS
from validation.paper.curves import Curves, Cutoffs
from validation.paper.measures import measure
from validation.paper.rules import RULES, Row, judge


def run(path: Path | None = None, *, quick: bool = False, console: Console | None = None) -> int:
    """Compute and print everything, write JSON if a path is given, and return the exit code.

    0: all was computed, and whatever is known to be reproducible was reproduced, confirmed or not; otherwise 1.
    """
    console = console or Console(highlight=False, width=None)
    start = time.process_time()
    with console.status("exact solutions …") as status:
        curves = Curves(quick=quick, progress=status.update)
        measured = measure(curves)
        shifts = curves.worst_shift()
    rows = [judge(claim, measured[key]) for key, claim in CLAIMS.items()]
    show(rows, shifts, console)
    console.print(f"{time.process_time() - start:.0f} s of processor time{', quick grids' if quick else ''}")
    if path is not None:
        path.write_text(json.dumps(record(rows, shifts), indent=1, ensure_ascii=False), encoding="utf-8")
    return int(any(row.broken for row in rows))


def show(rows: list[Row], shifts: dict[Cutoffs, float], console: Console) -> None:
    """The table, the choices behind it, and the rules."""
    table = Table(title="the paper's numbers, F_p in √γ_s, energies in ħω_s", title_justify="left")
    table.add_column("Fig.")
    table.add_column("quantity")
    for name in ("paper", "±", "at its cutoffs", "over open choices", "converged", "cutoffs", "% off", "% off, conv."):
        table.add_column(name, justify="right")
    table.add_column("reproduced")
    table.add_column("confirmed")
    figure = rows[0].claim.figure
    for row in rows:
        if row.claim.figure != figure:
            table.add_section()
            figure = row.claim.figure
        claim, found = row.claim, row.measured
        digits = 4 if abs(claim.value) < 1 else 3 if abs(claim.value) < 20 else 2
        span = "" if found.low == found.high else f"{found.low:.{digits}f} … {found.high:.{digits}f}"
        table.add_row(
            claim.figure,
            claim.quantity,
            f"{claim.value:g}",
            f"{claim.margin:g}" if claim.kind == "read" else "",
            f"{found.value:.{digits}f}",
            span,
            f"{found.converged:.{digits}f}",
            found.cutoffs,
            *(f"{100 * (value / claim.value - 1):+.2f}" for value in (found.value, found.converged)),
            row.reproduced + (" (expected)" if row.reproduced == "NO" and not claim.reproduced else ""),
            "yes" if row.confirmed else "NO",
        )
    console.print(table)
    for choice in dict.fromkeys((row.claim.figure, row.measured.choice) for row in rows):
        console.print(f"Fig. {choice[0]:3} nearest choice: {choice[1]}")
    for cutoffs, shift in shifts.items():
        console.print(f"{cutoffs} for converged: W and W^c change by {shift:.1e} at most with (4, 1) levels less")
    console.print(RULES, soft_wrap=True)


def record(rows: list[Row], shifts: dict[Cutoffs, float]) -> dict[str, object]:
    """Everything that was found, for JSON."""
    return {
        "rules": RULES,
        "shift_of_converged": {str(cutoffs): shift for cutoffs, shift in shifts.items()},
        "rows": [
            asdict(row.claim) | {"measured": asdict(row.measured), "judged": row.reproduced, "confirmed": row.confirmed}
            for row in rows
        ],
    }
