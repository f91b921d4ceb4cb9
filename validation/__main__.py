"""`python -m validation benchmarks` measures speed, start-up and memory."""

import argparse
from pathlib import Path

from validation.benchmarks import run_all


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    benchmarks = commands.add_parser("benchmarks", help="speed beside peers, start-up, thread scaling, memory")
    benchmarks.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    run_all(arguments.json)


if __name__ == "__main__":
    main()
