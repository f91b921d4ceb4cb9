"""Contestants that behave in a certain way, and short races."""

import sys

from validation.benchmarks.record import Record, surroundings
from validation.benchmarks.trajectories import Entry, Race

BUILDERS = {
    "absent": "print(json.dumps(dict(missing='no module', how='pip install absent')), flush=True)",
    "broken": "print(json.dumps(dict(version='1', imported=0.1)), flush=True); sys.exit(3)",
    "refusing": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
for line in sys.stdin:
    print(json.dumps(dict(failed='ValueError: no such scheme')), flush=True)
""",
    "silent": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
import time
time.sleep(600)
""",
    "talking": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
for line in sys.stdin:
    print('something else', flush=True)
""",
    "dying": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
sys.stdin.readline()
print('one\\nFatal Python error: Aborted\\nthree', file=sys.stderr, flush=True)
os.kill(os.getpid(), 6)
""",
    "hanging": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
import subprocess, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')
time.sleep(600)
""",
}


def invented(kind, *arguments):
    """The command of a contestant that behaves like this."""
    return [sys.executable, "-c", f"import json, os, sys\n{BUILDERS[kind]}", *map(str, arguments)]


def race(contest):
    """A race of short runs, and its record."""
    record = Record(surroundings(quick=True))
    return Race(contest, record, quick=True), record


def small(tool, arrangement, count):
    """An ensemble that takes a second."""
    return Entry(tool, arrangement, "heun", count, "heun", best=True)
