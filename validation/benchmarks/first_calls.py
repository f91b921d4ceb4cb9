"""What a user of each tool waits for before the first number: import, first call, and the same in a second process."""

import tempfile
from dataclasses import replace

from validation.benchmarks.contest import Contestant, ContestantFailed, NotInstalled
from validation.benchmarks.contestants import MasterWork, Work
from validation.benchmarks.master_equation import BATTERY
from validation.benchmarks.record import Group, Record

SMALL = Work("heun", "", 1024, 100, 1 / 50, 10)
STATES = MasterWork("", (20, 7), 0.2, 2, 1e-6, BATTERY)
JOBS: tuple[tuple[str, Work | MasterWork], ...] = (
    ("ours", replace(SMALL, arrangement="gaussian")),
    ("NumPy", SMALL),
    ("sdeint", replace(SMALL, arrangement="stacked", count=256)),
    ("XMDS2", replace(SMALL, scheme="midpoint", arrangement="lattice, split by hand")),
    ("diffrax", replace(SMALL, arrangement="ensemble, real")),
    ("torchsde", replace(SMALL, arrangement="fresh noise")),
    ("ours", STATES),
    ("QuTiP", replace(STATES, method="tsit5")),
    ("dynamiqs", replace(STATES, method="Tsit5")),
)


def first_calls(present: set[str], record: Record) -> Group:
    """Each job in two new processes, one after the other; our cache of kernels is empty before the first one."""
    table = Group(
        "start-up, wall seconds: a small job in a process of its own",
        ["tool", "job", "import", "first call", "import, again", "first call, again", "second call"],
        notes=[
            f"Trajectories: {SMALL.count:,} to t = 2 in steps of 1/50 (sdeint 256).  Master equation: cutoffs (20, 7) "
            "to t = 0.2.",
            "again: in a second process, for which ours, and no other of these, has kept what was compiled; the "
            "second call is in that process.",
            "XMDS2's first call translates and compiles; its program can be kept, and takes its second call from "
            "then on.  dynamiqs compiles in every call.",
        ],
    )
    group = record.started(table)
    with tempfile.TemporaryDirectory(prefix="race-") as folder:
        for tool, job in JOBS:
            if tool not in present:
                continue
            cells: list[float] = []
            try:
                for _ in range(2):
                    contestant = Contestant(tool, folder, cache=f"{folder}/{type(job).__name__}")
                    try:
                        contestant.start()
                        # The preparation of a master equation is no call; its first call is one.
                        first = contestant.ask(job, first=isinstance(job, Work))
                        again = contestant.ask(job)
                        begun = 0.0 if isinstance(job, Work) else first.wall
                        cells += [contestant.imported, (first.first or 0.0) + begun, again.wall]
                    finally:
                        contestant.close()
            except (NotInstalled, ContestantFailed) as trouble:
                record.wrong.append(str(trouble))
                continue
            kind = "trajectories" if isinstance(job, Work) else "master equation"
            shown = [cells[0], cells[1], cells[3], cells[4], cells[5]]
            group.add(
                [tool, kind, *(f"{value:.2g}" for value in shown)],
                imported=cells[0], first=cells[1], imported_again=cells[3], first_again=cells[4], second=cells[5],
            )  # fmt: skip
    return group
