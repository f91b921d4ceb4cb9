"""Runs of the paper's battery that never ran: curves by formulas, under the names of the tasks that would make them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from validation.paper.computing import Result, Results, Task
from validation.paper.loads import TIMES

Parts = dict[str, np.ndarray]


def run_of(times: np.ndarray, parts: Parts, error: float = 0.0, known: float = 0.0) -> Result:
    """A result of `exact`, or of `sampled` where there is an error: relative ones."""
    every = {"energy": parts["work"], **parts}
    found: Result = {"times": times.tolist()}
    for name, values in every.items():
        sizes = np.abs(values) + 1e-6
        found[name] = {
            "value": values.tolist(),
            "error": (error * sizes).tolist(),
            "known": (known * sizes).tolist(),
        }
    if error:
        found["branches"] = {name: parts[name].tolist() for name in ("work", "coherent", "incoherent")}
        found["step"] = 0.02
    return found


def results_of(tasks: list[Task], parts_of: Callable[[np.ndarray, dict[str, Any]], Parts], **others: Any) -> Results:
    """Results of charging tasks by a formula, and of any others by functions of their arguments, by function name."""
    found = {}
    for task in tasks:
        given = dict(task.arguments)
        if task.function.__name__ in others:
            found[task.key] = others[task.function.__name__](given)
            continue
        is_sampled = task.function.__name__ == "sample"
        times = np.linspace(*given["grid"])
        found[task.key] = run_of(times, parts_of(times, given), *((1e-3, 1e-3) if is_sampled else ()))
    return Results(found)


def rabi(height: float, period: float, battery: float) -> Result:
    """A discharge: η_a a decaying series of maxima, the first of them `height`, η_s an exponential."""
    load = height * np.sin(np.pi * TIMES / period) ** 2 * np.exp(-(TIMES - period / 2))

    def part(values: np.ndarray) -> Result:
        return {"value": values.tolist(), "error": [4e-4] * len(TIMES), "known": [4e-4] * len(TIMES)}

    numbers = {"maximum": height, "maximum_time": period / 2, "maximum_error": 1e-3, "maximum_known": 1e-3}
    return {"load": part(load), "battery": part(battery * np.exp(-TIMES))} | numbers
