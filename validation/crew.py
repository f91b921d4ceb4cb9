"""Processes that work side by side: one that dies takes only its own task with it, and all stop when told to.

For systems with the processes and signals of POSIX only.
"""

import contextlib
import faulthandler
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

from phasespace_qb.phase_space.ensemble import available_cores

# Tasks run beside each other; a library that also spreads each one over all cores would only make them wait.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
STOPPING = {signal.SIGINT, signal.SIGTERM}
"""Signals by which an audit is told to stop."""
STEP = 0.25
"""Seconds between two reports of what is running."""
Channel: TypeAlias = "Connection[object, object]"


Ended = Callable[[str, object | None, float, str], None]
"""What is told of a task that ended: its name, its result, its seconds, and, without a result, why there is none."""


def work_through(
    limits: Mapping[str, float],
    task: Callable[[str], object],
    on_end: Ended,
    on_step: Callable[[dict[str, float]], None],
) -> None:
    """Do a task for each name, as many at once as there are cores; after Ctrl-C, end those that run, and all.

    limits: the names, and the seconds after which the task of each is given up and its process ended.
    """
    waiting = list(limits)[::-1]
    crew: list[_Worker] = []
    busy: list[_Worker] = []
    with tempfile.TemporaryDirectory(prefix="validation-", ignore_cleanup_errors=True) as folder:
        try:
            while waiting or busy:
                while waiting and len(busy) < available_cores():
                    idle = [worker for worker in crew if worker not in busy and worker.process.is_alive()]
                    if not idle:
                        # A signal waits until the process is one that `_stop` will find.
                        with _inherited():
                            idle = [_Worker.start(Path(folder, str(len(crew))), task)]
                            crew.append(idle[0])
                    idle[0].give(waiting.pop())
                    busy.append(idle[0])
                on_step({worker.name: worker.seconds for worker in busy})
                for worker in _ready(busy, limits):
                    result, trouble = worker.result(limits[worker.name])
                    busy.remove(worker)
                    on_end(worker.name, result, worker.seconds, trouble)
            _dismiss(crew)
        except KeyboardInterrupt:
            _stop(crew)
            for worker in busy:
                on_end(worker.name, None, worker.seconds, f"interrupted after {worker.seconds:.0f} s")
            raise
        finally:
            _stop(crew)


@dataclass(eq=False)
class _Worker:
    """A process, our end of the pipe to it, where its words go, and what it works on since when."""

    process: BaseProcess
    pipe: Channel
    output: Path
    name: str = ""
    since: float = 0.0

    @classmethod
    def start(cls, output: Path, task: Callable[[str], object]) -> "_Worker":
        """A new process: threads of compiled code do not survive a fork."""
        ours, theirs = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=_serve, args=(theirs, str(output), task))
        process.start()
        theirs.close()
        return cls(process, ours, output)

    @property
    def seconds(self) -> float:
        """For how long it has worked on it."""
        return time.perf_counter() - self.since

    def give(self, name: str) -> None:
        """Let it work on something; if it is dead already, `result` will say so."""
        self.name, self.since = name, time.perf_counter()
        with contextlib.suppress(OSError):
            self.pipe.send(name)

    def result(self, limit: float) -> tuple[object | None, str]:
        """Its result, or why there is none; without one it is ended."""
        with contextlib.suppress(Exception):
            if self.pipe.poll():
                return self.pipe.recv(), ""
        if self.process.is_alive() and self.seconds > limit:
            self.end()
            return None, f"no end after {limit:g} s"
        # One that dies by itself may still be writing its last words.
        self.process.join(1)
        self.end()
        return None, self._last_words()

    def end(self) -> None:
        """End the process and whatever it has started."""
        if self.process.pid is not None:
            # Its group is called after it; there is none yet if it has only just begun.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join(5)

    def _last_words(self) -> str:
        code = self.process.exitcode
        manner = f"exit code {code}" if code is not None else "it cannot be ended"
        if code is not None and code < 0:
            manner = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        said = self.output.read_text(errors="replace").strip() if self.output.exists() else ""
        fatal = [line for line in said.splitlines() if line.startswith("Fatal Python error")]
        last = (fatal or said.splitlines() or [""])[-1][:200]
        return f"its process died ({manner})" + (f"; it last said: {last}\n{said[-4000:]}" if said else "")


def _serve(pipe: Channel, output: str, task: Callable[[str], object]) -> None:
    """What a process of the crew does: the task for what it is given, until it is told to end or nobody listens."""
    # A group of its own: Ctrl-C reaches the audit alone, which then stops whatever a task has started too.
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Warnings of runs that are wrong on purpose would bury the table; they are kept for when the process dies.
    with open(output, "wb", buffering=0) as words:
        for stream in (1, 2):
            os.dup2(words.fileno(), stream)
    faulthandler.enable(file=2)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while isinstance(name := pipe.recv(), str):
            pipe.send(task(name))


def _end_with(parent: int) -> None:
    """Nobody waits for the result of a task whose audit was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.killpg(0, signal.SIGKILL)


@contextlib.contextmanager
def _inherited() -> Iterator[None]:
    """What a process inherits when it starts: one thread for each library, and deaf ears for what stops an audit.

    Meanwhile nothing stops the audit itself; what tried to does so at the end.
    """
    held: list[int] = []
    # The mask is of this thread alone; a signal that another one receives would still be handled here.
    handlers = {each: signal.signal(each, lambda number, _: held.append(number)) for each in STOPPING}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        # Last of all: what was held back interrupts here.
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for each, handler in handlers.items():
            signal.signal(each, handler)
        for number in held:
            signal.raise_signal(number)


def _ready(busy: list[_Worker], limits: Mapping[str, float]) -> list[_Worker]:
    """Those that have something to say, died, or passed their limit, within a step."""
    ready = connection.wait([each for worker in busy for each in (worker.pipe, worker.process.sentinel)], STEP)
    return [
        worker
        for worker in busy
        if worker.pipe in ready or worker.process.sentinel in ready or worker.seconds > limits[worker.name]
    ]


def _dismiss(crew: list[_Worker]) -> None:
    """Let them end in their own way, for there is nothing left to do."""
    for worker in crew:
        with contextlib.suppress(OSError):
            worker.pipe.send(None)
    for worker in crew:
        worker.process.join(2)


def _stop(crew: list[_Worker]) -> None:
    """End the processes of the crew and whatever they started."""
    for worker in crew:
        if worker.process.is_alive():
            worker.end()
        worker.pipe.close()
