"""Many tasks at once: on the cores of this machine, or as whole points on any executor.

On this machine as many points as there are cores are under way, and each runs its own blocks, so that no core waits;
few points share all cores instead.  Elsewhere a point is the unit of work.  The numbers are the same in any case.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.phase_space.ensemble import Inline, Threads, available_cores
from phasespace_qb.simulation import Task, carry_out

Progress = Callable[[int, int, float], None]
"""Called with the number of finished points, of all points, and the seconds that are left (NaN while unknown)."""

Answer = xr.Dataset | Exception
"""A result, or why there is none."""

BETWEEN_REPORTS = 0.5
"""Seconds."""
RECENT = 16
"""Finished points from which the next ones are predicted."""


def run_all(
    tasks: Sequence[Task],
    executor: Executor | None = None,
    progress: Progress | None = None,
    finished: Callable[[int, Answer], None] | None = None,
) -> list[Answer]:
    """Carry out all tasks; a refusal at one of them is its answer, and leaves the others alone.

    executor: None for the cores of this machine.  finished: called in this thread with the number of a task and its
    answer, as soon as it is there.  What is under way when the run is interrupted is given up.
    """
    answers: dict[int, Answer] = {}
    clock = _Clock([repr(task.method) for task in tasks])
    with _pool(executor, len(tasks)) as (pool, within, given_up):
        numbers = {}
        for number, task in enumerate(tasks):
            # Only threads of this process can say how far they are.
            watch = None if executor is not None else clock.watch(number, given_up)
            numbers[pool.submit(_answer, task._replace(executor=within, progress=watch))] = number
        pending = set(numbers)
        try:
            while pending:
                done, pending = wait(pending, BETWEEN_REPORTS, FIRST_COMPLETED)
                for future in sorted(done, key=numbers.__getitem__):
                    number = numbers[future]
                    answers[number], clock.seconds[number] = future.result()
                    if finished is not None:
                        finished(number, answers[number])
                if progress is not None:
                    progress(len(answers), len(tasks), clock.seconds_left())
        except BaseException:
            for future in pending:
                future.cancel()
            raise
    return [answers[number] for number in range(len(tasks))]


def _answer(task: Task) -> tuple[Answer, float]:
    """The result of a task or its refusal, and the seconds that it took."""
    begin = time.perf_counter()
    answer: Answer
    try:
        answer = carry_out(task)
    except (ValueError, PhaseSpaceError) as error:
        answer = error
    return answer, time.perf_counter() - begin


@contextmanager
def _pool(executor: Executor | None, tasks: int) -> Iterator[tuple[Executor, Executor, threading.Event]]:
    """Where tasks run, where each of them runs its blocks, and what tells both to give up."""
    given_up = threading.Event()
    if executor is not None:
        yield executor, Inline(), given_up
        return
    cores = available_cores()
    # Limits of linear algebra's own threads hold for the process: set and restored by several threads at once, they
    # would be lost.
    with threadpool_limits(1, user_api="blas"), Threads(given_up) as blocks:
        drivers = ThreadPoolExecutor(cores, thread_name_prefix="phasespace_qb-point")
        try:
            yield drivers, Inline(given_up) if tasks >= 2 * cores else blocks, given_up
        finally:
            given_up.set()
            drivers.shutdown(wait=True, cancel_futures=True)


@dataclass(eq=False)
class _Clock:
    """How long the points that are left will take, from those of the same method that are done or under way."""

    kinds: list[str]
    seconds: dict[int, float] = field(default_factory=dict)
    _parts: dict[int, tuple[float, float]] = field(default_factory=dict)
    _begin: float = field(default_factory=time.perf_counter)

    def watch(self, number: int, given_up: threading.Event) -> Callable[[int, int], None]:
        """What a task calls with how much of it is done; CancelledError once all has been given up."""
        begin: list[float] = []

        def watching(done: int, total: int) -> None:
            if given_up.is_set():
                raise CancelledError
            now = time.perf_counter()
            begin.append(now)
            self._parts[number] = now - begin[0], done / total

        return watching

    def seconds_left(self) -> float:
        """NaN while nothing is known."""
        running = {n: part for n, part in list(self._parts.items()) if n not in self.seconds and part[1] > 0}
        known = self.seconds | {n: seconds / share for n, (seconds, share) in running.items() if seconds > 0}
        if not known:
            return float("nan")
        ahead: dict[str, int] = {}
        for number, kind in enumerate(self.kinds):
            if number not in known:
                ahead[kind] = ahead.get(kind, 0) + 1
        left = sum(known[n] * (1 - share) for n, (_, share) in running.items() if n in known)
        spent = sum(self.seconds.values()) + sum(seconds for seconds, _ in running.values())
        for kind, count in ahead.items():
            # Neighbours on the grid take about as long as each other.
            same = [known[n] for n in sorted(known) if self.kinds[n] == kind]
            left += count * float(np.mean(same[-RECENT:] or list(known.values())))
        return (time.perf_counter() - self._begin) * left / spent if spent > 0 else float("nan")
