"""`python -m validation paper` audits the paper's numbers, `… hazards` the verdicts; `… benchmarks` measures speed."""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    benchmarks = commands.add_parser("benchmarks", help="speed beside peers, start-up, thread scaling, memory")
    paper = commands.add_parser("paper", help="which of the paper's numbers are reproduced, and which confirmed")
    paper.add_argument("--quick", action="store_true", help="coarser grids and lower cutoffs, under a minute")
    hazards = commands.add_parser("hazards", help="whether every wrong run is flagged in time, and no clean one is")
    hazards.add_argument("--quick", action="store_true", help="a tenth of the runs, under a minute")
    for command in (benchmarks, paper, hazards):
        command.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    if given.command == "paper":
        from validation.paper import run

        return run(given.json, quick=given.quick)
    if given.command == "hazards":
        from validation import hazards as audit

        return audit.run(given.json, quick=given.quick)
    from validation.benchmarks import run_all

    run_all(given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
