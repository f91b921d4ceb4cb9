"""Processes that work side by side: one that dies takes only its own task with it, and all stop when told to."""

import contextlib
import faulthandler
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

# Tasks run beside each other; a library that also spreads each one over all cores would only make them wait.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
STEP = 0.25
"""Seconds between two reports of what is running."""
Channel: TypeAlias = "Connection[object, object]"


Ended = Callable[[str, object | None, float, str], None]
"""What is told of a task that ended: its name, its result, its seconds, and, without a result, why there is none."""


def work_through(
    names: list[str], task: Callable[[str], object], on_end: Ended, on_step: Callable[[dict[str, float]], None]
) -> None:
    """Do a task for each name, as many at once as there are cores; after Ctrl-C, end those that run, and all."""
    waiting = list(reversed(names))
    crew: list[_Worker] = []
    busy: list[_Worker] = []
    with tempfile.TemporaryDirectory(prefix="validation-", ignore_cleanup_errors=True) as folder:
        try:
            while waiting or busy:
                while waiting and len(busy) < _cores():
                    idle = [worker for worker in crew if worker not in busy and worker.process.is_alive()]
                    if not idle:
                        idle = [_Worker.start(Path(folder, str(len(crew))), task)]
                        crew.append(idle[0])
                    idle[0].give(waiting.pop())
                    busy.append(idle[0])
                on_step({worker.name: worker.seconds for worker in busy})
                for worker in _ready(busy):
                    result, trouble = worker.result()
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
        with _inherited():
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

    def result(self) -> tuple[object | None, str]:
        """Its result, or why there is none."""
        with contextlib.suppress(Exception):
            if self.pipe.poll():
                return self.pipe.recv(), ""
        self.process.join(1)
        self.process.kill()
        return None, self._last_words()

    def _last_words(self) -> str:
        code = self.process.exitcode or 0
        manner = f"exit code {code}"
        if code < 0:
            manner = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        said = self.output.read_text(errors="replace").strip() if self.output.exists() else ""
        fatal = [line for line in said.splitlines() if line.startswith("Fatal Python error")]
        last = (fatal or said.splitlines() or [""])[-1][:200]
        return f"its process died ({manner})" + (f"; it last said: {last}\n{said[-4000:]}" if said else "")


def _serve(pipe: Channel, output: str, task: Callable[[str], object]) -> None:
    """What a process of the crew does: the task for what it is given, until it is told to end or nobody listens."""
    if sys.platform != "win32":
        # A group of its own: Ctrl-C reaches the audit alone, which then stops whatever a task has started too.
        os.setpgrp()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
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
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


@contextlib.contextmanager
def _inherited() -> Iterator[None]:
    """What a process inherits when it starts: one thread for each library, and deaf ears for Ctrl-C."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _ready(busy: list[_Worker]) -> list[_Worker]:
    """Those that have something to say, or died, within a step."""
    ready = connection.wait([each for worker in busy for each in (worker.pipe, worker.process.sentinel)], STEP)
    return [worker for worker in busy if worker.pipe in ready or worker.process.sentinel in ready]


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
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if sys.platform != "win32" and worker.process.pid is not None:
                    os.killpg(worker.process.pid, signal.SIGKILL)
            worker.process.kill()
        worker.process.join(1)
        worker.pipe.close()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
