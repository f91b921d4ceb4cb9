"""Check every claim of this project by an independent route, and write what came of it.

Without a command: the claims of the quick tier, in about three minutes on two cores; --full takes half an hour.
The table is printed; validation.html and validation.json have everything.

Outcomes of a claim:
  agrees               no difference beyond what is known beforehand and what sampling explains
  biased as declared   of an approximation: off, and by no more than was said of it beforehand
  disagrees            the claim is wrong, or its check
  not checked          a referee is not installed, or the check broke off; no success either
Each claim has a control, an error that is planted into what is expected; one that is not seen counts as a failure.

Exit code 0: all claims stand and all controls fall; 1: a claim disagrees, its control is not seen, or it could not be
checked, as when a referee is missing, or the report could not be written; 2: bad input, and nothing was done;
130: interrupted, and the report is marked incomplete.
"""

import argparse
import sys
from pathlib import Path

BENCHMARKS = """Speed beside NumPy, sdeint, XMDS2, diffrax, torchsde, QuTiP and dynamiqs; start-up, scaling, memory.

Each runs in a process of its own with one thread, bound to one core where the system allows it.  Who is not installed
is named and left out: `pip install "phasespace-qb[peers]"`, and XMDS2 from the system.  On two quiet cores and with all
of them it takes up to twenty minutes; with --quick a few.

Exit code 0: all that is installed ran and agrees with ours; 1: a tool failed or disagrees, or the record could not be
written; 2: bad input, and nothing was measured; 130: interrupted, and the record is marked incomplete.
"""


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, run, and return the exit code."""
    line = parser()
    given = line.parse_args(arguments)
    audit = {"--full": given.full, "--only": given.only, "--list": given.list, "--out": given.out is not None}
    if given.command and any(audit.values()):
        asked = ", ".join(option for option, is_given in audit.items() if is_given)
        line.error(f"{asked} must come without a command, got {given.command!r}.")
    try:
        return _run(given)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _run(given: argparse.Namespace) -> int:
    if given.command == "paper":
        from validation import paper_audit

        return paper_audit.run(given)
    if given.command == "benchmarks":
        from validation.benchmarks import run_all

        return run_all(given.json, quick=given.quick)
    from validation import command

    return command.run(given)


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__, formatter_class=formatter)
    parser.add_argument("--full", action="store_true", help="all claims, those that take long too: half an hour")
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="a claim or a chapter; repeatable")
    parser.add_argument("--list", action="store_true", help="print names, tiers and statements, and check nothing")
    parser.add_argument("--out", metavar="FOLDER", help="where the report is written (default: here)")
    commands = parser.add_subparsers(dest="command", title="other audits")
    benchmarks = commands.add_parser(
        "benchmarks",
        help="speed beside the tools in use, start-up, scaling, memory",
        description=BENCHMARKS,
        formatter_class=formatter,
    )
    benchmarks.add_argument("--quick", action="store_true", help="the race alone, reduced, in a few minutes")
    benchmarks.add_argument("--json", type=Path, metavar="FILE", help="also keep the figures in this file")
    about = "every figure and number of the paper, at its cutoffs, converged, by trajectories and in closed form"
    paper = commands.add_parser("paper", help=about, description=about)
    paper.add_argument("--quick", action="store_true", help="coarser grids and lower cutoffs: two minutes, not thirty")
    paper.add_argument(
        "--out", dest="folder", metavar="FOLDER", help="where paper.html and paper.json go (default: here)"
    )
    paper.add_argument("--from", dest="record", metavar="RECORD", help="write the page of this paper.json again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
