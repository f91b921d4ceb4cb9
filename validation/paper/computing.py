"""What the audit of the paper computes: tasks with names of their own, each done once, several beside each other."""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from validation.crew import work_through

Result: TypeAlias = dict[str, Any]
"""Numbers, words, and lists of them under names: what JSON can hold."""
PATIENCE = 1800.0
"""Seconds after which a task is given up."""


@dataclass(frozen=True)
class Task:
    """A function of a module and its arguments, hashable; `seconds` is about what it takes and plays no part in it."""

    function: Callable[..., Result]
    arguments: tuple[tuple[str, Hashable], ...]
    seconds: float = field(default=1.0, compare=False)

    @classmethod
    def of(cls, function: Callable[..., Result], seconds: float = 1.0, **arguments: Hashable) -> "Task":
        """function(**arguments), which takes about so many seconds on one core."""
        return cls(function, tuple(sorted(arguments.items())), seconds)

    @property
    def key(self) -> str:
        """Its name in the record: the function's name and all arguments."""
        return f"{self.function.__name__}({', '.join(f'{name}={value!r}' for name, value in self.arguments)})"

    def do(self) -> Result:
        """Compute."""
        return self.function(**dict(self.arguments))


class Results:
    """Results by task; one that is not there was not computed, and that is an error."""

    def __init__(self, results: Mapping[str, Result]) -> None:
        self.by_key = dict(results)

    def __getitem__(self, task: Task) -> Result:
        """The result of a task.

        Raises: KeyError with its name for one that the record does not have.
        """
        if task.key not in self.by_key:
            raise KeyError(f"the record has no result of {task.key}")
        return self.by_key[task.key]


class NotComputed(RuntimeError):
    """Some tasks came to nothing; the message says which and why."""


def compute(
    tasks: Iterable[Task], on_done: Callable[[str, float], None], on_step: Callable[[dict[str, float]], None]
) -> dict[str, Result]:
    """Results of all tasks by their names, each computed once; the longest are begun first.

    on_done: called with the name of a task that ended and its seconds.  on_step: with what is running, and since when.
    Raises: NotComputed if any failed, after all others are done.
    """
    by_key = {task.key: task for task in sorted(set(tasks), key=lambda task: -task.seconds)}
    results: dict[str, Result] = {}
    troubles: list[str] = []

    def on_end(name: str, result: object | None, seconds: float, trouble: str) -> None:
        on_done(name, seconds)
        if isinstance(result, dict):
            results[name] = result
        else:
            troubles.append(f"{name}: {result or trouble}")

    work_through(dict.fromkeys(by_key, PATIENCE), partial(_do, by_key), on_end, on_step)
    if troubles:
        raise NotComputed("\n".join(troubles))
    return {name: results[name] for name in sorted(results)}


def _do(tasks: dict[str, Task], name: str) -> Result | str:
    start = time.perf_counter()
    try:
        found = tasks[name].do()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return {"seconds": round(time.perf_counter() - start, 2)} | found
