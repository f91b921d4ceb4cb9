"""Many tasks at once: on the cores of this machine, or as whole points on any executor.

On this machine as many points as there are cores are under way, and each runs its own blocks, so that no core waits;
few points share all cores instead.  Elsewhere a point is the unit of work.  The numbers are the same in any case.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from phasespace_qb.errors import PhaseSpaceError, is_refusal, refusal
from phasespace_qb.phase_space.ensemble import Inline, Threads, available_cores
from phasespace_qb.simulation import Task, carry_out

Progress = Callable[[int, int, float], None]
"""Called with the number of finished points, of all points, and the seconds that are left (NaN while unknown).

A point counts once for each method.
"""

Answer = xr.Dataset | Exception
"""A result, or why there is none."""

Reduction = Callable[[xr.Dataset], xr.Dataset]
"""What is kept of a result, where it is computed; a function of a module, so that other processes find it."""

BETWEEN_REPORTS = 0.5
"""Seconds."""
RECENT = 16
"""Finished points from which the next ones are predicted."""
MOST_AHEAD = 4096
"""Points that an executor is given at once."""


def run_all(
    tasks: Sequence[Task],
    executor: Executor | None = None,
    progress: Progress | None = None,
    finished: Callable[[int, Answer], None] | None = None,
    reduction: Reduction | None = None,
) -> list[Answer]:
    """Carry out all tasks; a refusal at one of them is its answer, and leaves the others alone.

    executor: None for the cores of this machine; another one says nothing of how far a point is.  finished: called in
    this thread with the number of a task and its answer, as soon as it is there, also of those that are done when
    another one fails.  What is under way when the run is interrupted is given up.
    """
    answers: dict[int, Answer] = {}
    clock = _Clock([repr(task.method) for task in tasks])
    done: queue.SimpleQueue[tuple[int, Future[tuple[Answer, float]]]] = queue.SimpleQueue()
    under_way: set[Future[tuple[Answer, float]]] = set()

    def take(number: int, future: Future[tuple[Answer, float]]) -> None:
        under_way.discard(future)
        answers[number], seconds = _result_of(future)
        clock.finish(number, seconds)
        if finished is not None:
            finished(number, answers[number])

    with _pool(executor, len(tasks)) as (pool, within, given_up):
        ahead = MOST_AHEAD if executor is not None else 4 * available_cores()
        waiting = iter(enumerate(tasks))
        reported = 0.0
        try:
            while len(answers) < len(tasks):
                while len(under_way) < ahead and (following := next(waiting, None)) is not None:
                    number, task = following
                    # Only threads of this process can say how far they are.
                    watch = None if executor is not None else clock.watch(number, given_up)
                    future = pool.submit(_answer, task._replace(executor=within, progress=watch), reduction)
                    under_way.add(future)
                    future.add_done_callback(lambda each, number=number: done.put((number, each)))  # type: ignore[misc]
                with suppress(queue.Empty):
                    take(*done.get(timeout=BETWEEN_REPORTS))
                now = time.perf_counter()
                if progress is not None and (now > reported + BETWEEN_REPORTS or len(answers) == len(tasks)):
                    reported = now
                    progress(len(answers), len(tasks), clock.seconds_left())
        except BaseException:
            given_up.set()
            for future in list(under_way):
                future.cancel()
            _keep_what_is_done(done, take)
            raise
    return [answers[number] for number in range(len(tasks))]


def _keep_what_is_done(
    done: "queue.SimpleQueue[tuple[int, Future[tuple[Answer, float]]]]",
    take: Callable[[int, Future[tuple[Answer, float]]], None],
) -> None:
    """Hand over answers that were there when another task failed."""
    while True:
        try:
            number, future = done.get_nowait()
        except queue.Empty:
            return
        if not future.cancelled() and future.exception() is None:
            take(number, future)


def _result_of(future: "Future[tuple[Answer, float]]") -> tuple[Answer, float]:
    try:
        return future.result()
    except Exception as error:
        if "pickle" in str(error).lower():
            remedy = "Give drives as Tabulated or as functions of a module, or use threads."
            got = f"an executor in other processes; {error}"
            raise ValueError(refusal("executor", "able to send the system to its workers", got, remedy)) from error
        raise


def _answer(task: Task, reduction: Reduction | None) -> tuple[Answer, float]:
    """The result of a task or its refusal, and the seconds that it took."""
    begin = time.perf_counter()
    answer: Answer
    try:
        answer = carry_out(task)
        if reduction is not None:
            answer = reduction(answer)
    except (ValueError, PhaseSpaceError) as error:
        if not is_refusal(error):
            raise
        answer = error
    return answer, time.perf_counter() - begin


@contextmanager
def _pool(executor: Executor | None, tasks: int) -> Iterator[tuple[Executor, Executor, threading.Event]]:
    """Where tasks run, where each of them runs its blocks, and what tells both to give up."""
    given_up = threading.Event()
    # Limits of linear algebra's own threads hold for the process: set and restored by several threads at once, they
    # would be lost.
    with threadpool_limits(1, user_api="blas"):
        if executor is not None:
            yield executor, Inline(), given_up
            return
        cores = available_cores()
        with Threads(given_up) as blocks:
            drivers = ThreadPoolExecutor(cores, thread_name_prefix="phasespace_qb-point")
            try:
                yield drivers, Inline(given_up) if tasks >= 2 * cores else blocks, given_up
            finally:
                given_up.set()
                drivers.shutdown(wait=True, cancel_futures=True)


class _Clock:
    """How long the points that are left will take, from those of the same method that are done or under way."""

    def __init__(self, kinds: list[str]) -> None:
        self._kinds = kinds
        self._left: dict[str, int] = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
        self._recent: dict[str, deque[float]] = {kind: deque(maxlen=RECENT) for kind in self._left}
        self._spent = 0.0
        self._parts: dict[int, tuple[float, float]] = {}
        self._begin = time.perf_counter()

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

    def finish(self, number: int, seconds: float) -> None:
        """Note how long a task took."""
        self._parts.pop(number, None)
        self._left[self._kinds[number]] -= 1
        # Neighbours on the grid take about as long as each other.
        self._recent[self._kinds[number]].append(seconds)
        self._spent += seconds

    def seconds_left(self) -> float:
        """NaN while nothing is known."""
        running = {n: part for n, part in list(self._parts.items()) if part[0] > 0 and part[1] > 0}
        whole = {n: seconds / share for n, (seconds, share) in running.items()}
        known = [seconds for recent in self._recent.values() for seconds in recent] + list(whole.values())
        spent = self._spent + sum(seconds for seconds, _ in running.values())
        if not known or spent <= 0:
            return float("nan")
        left = sum(whole[n] * (1 - share) for n, (_, share) in running.items())
        for kind, count in self._left.items():
            own = [whole[n] for n in running if self._kinds[n] == kind]
            left += (count - len(own)) * float(np.mean([*self._recent[kind], *own] or known))
        return (time.perf_counter() - self._begin) * left / spent
