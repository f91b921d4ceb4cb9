"""One contestant in a process of its own: a line of JSON in, a line of JSON out, until the input ends."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

import numpy as np

from validation.benchmarks.contestants import MODULES, MasterWork, Work


def serve(name: str) -> None:
    """Answer requests on standard input; whatever the tool itself prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # One core for all: what a tool starts in threads shares it.  Other systems have no such call; the record says so.
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def say(**answer: Any) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    begun = time.perf_counter()
    module = import_module(f"validation.benchmarks.contestants.{MODULES[name]}")
    try:
        version = module.version()
    except (ImportError, FileNotFoundError) as error:
        say(missing=f"{error}", how=module.HOW)
        return
    say(version=version, imported=time.perf_counter() - begun)
    ready: dict[str, Callable[..., Any]] = {}
    for line in sys.stdin:
        try:
            say(**_answer(module, json.loads(line), ready))
        except Exception as error:  # the race goes on without this one, and names it
            say(failed=f"{type(error).__name__}: {error}"[:500])


def _answer(module: Any, request: dict[str, Any], ready: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    kind, seed, keep = request.pop("kind"), request.pop("seed"), request.pop("keep")
    key, answer = json.dumps(request), {}
    if key not in ready:
        begun = time.perf_counter()
        if kind == "trajectories":
            ready[key] = module.trajectories(Work(**request))
            result = ready[key](seed)
        else:
            values = request | {"cutoffs": tuple(request["cutoffs"]), "push": complex(*request["push"])}
            ready[key] = module.master_equation(MasterWork(**values))
            result = None
        answer["first"] = time.perf_counter() - begun
        if keep is None and kind == "trajectories":
            return answer | {"sample": asdict(result)}
    before, wall = _processor_time(), time.perf_counter()
    result = ready[key](seed) if kind == "trajectories" else ready[key]()
    answer |= {"seconds": _processor_time() - before, "wall": time.perf_counter() - wall}
    if kind == "trajectories":
        return answer | {"sample": asdict(result)}
    if keep:
        np.save(keep, result)
    return answer


def _processor_time() -> float:
    """Of this process and of those that it has started and waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    serve(sys.argv[1])
