"""What the audit of the paper computes: tasks with names of their own, each done once, several beside each other."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

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
