"""Contestants as processes: started with one thread each, asked in turn, ended by their own process group."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from validation.benchmarks.contestants import MasterWork, Work
from validation.benchmarks.record import Peer

ROOT = Path(__file__).parents[2]
LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
ONE_THREAD = dict.fromkeys(LIBRARIES, "1")
ONE_THREAD |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1", "JAX_PLATFORMS": "cpu"}
ONE_THREAD |= {"JAX_ENABLE_X64": "1"}
PATIENCE = 300.0
"""Seconds (wall) after which an answer is given up; the longest that is expected takes less than a quarter of it."""

LAST = 4_000
"""Bytes of its last words that are looked at."""


class NotInstalled(Exception):
    """A tool is not there; the text says how to get it."""


class ContestantFailed(Exception):
    """A tool is there, and its run broke off."""

    def __init__(self, tool: str, how: object) -> None:
        super().__init__(f"failed: {tool}: {how}")
        self.tool = tool


@dataclass(frozen=True)
class Answer:
    """CPU seconds, wall seconds and start-up (wall) of one call; trajectories, n̄ and its error if it is an ensemble."""

    seconds: float
    wall: float
    first: float | None
    count: int = 0
    mean: float = float("nan")
    error: float = float("nan")


@dataclass
class Contestant:
    """One tool in a process of its own, from `start` on.

    folder: for its temporary files.  cache: for our kernels.  command: what to run instead, which tests need.
    patience: seconds after which it is ended if it does not answer.
    """

    name: str
    folder: str | None = None
    cache: str | None = None
    command: list[str] | None = None
    version: str = ""
    imported: float = float("nan")
    patience: float = PATIENCE
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _heard: bytes = field(default=b"", repr=False)
    _words: IO[bytes] | None = field(default=None, repr=False)

    def start(self) -> Self:
        """Raises: NotInstalled, ContestantFailed."""
        command = self.command or [sys.executable, "-m", "validation.benchmarks.contestants", self.name]
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": path}
        environment |= {"TMPDIR": self.folder} if self.folder else {}
        environment |= {"PHASESPACE_QB_CACHE": self.cache} if self.cache else {}
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,
        )
        hello = self._read()
        if "missing" in hello:
            self.close()
            raise NotInstalled(f"not installed: {self.name} ({hello['how']})")
        self.version, self.imported = hello["version"], hello["imported"]
        return self

    def ask(self, work: Work | MasterWork, seed: int = 1, keep: str | None = None, *, first: bool = False) -> Answer:
        """Have it done once.  keep: file for the saved states.  first: the call that compiles is the only one."""
        assert self._process is not None
        assert self._process.stdin is not None
        kind = "trajectories" if isinstance(work, Work) else "master equation"
        request = asdict(work) | {"kind": kind, "seed": seed, "keep": None if first else keep or ""}
        if isinstance(work, MasterWork):
            request["push"] = [complex(work.push).real, complex(work.push).imag]
        # If it has ended, there is no answer either, and the exit code says more than a broken pipe.
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._read()
        if "failed" in answer:
            raise ContestantFailed(self.name, answer["failed"])
        return Answer(
            answer.get("seconds", float("nan")),
            answer.get("wall", float("nan")),
            answer.get("first"),
            **answer.get("sample", {}),
        )

    def _read(self) -> dict[str, Any]:
        """The next line that it says.  Raises: ContestantFailed if it ends, or says nothing for too long."""
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + self.patience
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                left = deadline - time.monotonic()
                if left <= 0:
                    self.close()
                    raise ContestantFailed(self.name, f"no answer after {self.patience:g} s")
                if not selector.select(left):
                    continue
                piece = os.read(self._process.stdout.fileno(), 65_536)
                if not piece:
                    raise ContestantFailed(self.name, self._last_words())
                self._heard += piece
        line, _, self._heard = self._heard.partition(b"\n")
        try:
            return dict(json.loads(line))
        except ValueError:
            self.close()
            raise ContestantFailed(self.name, f"its answer is no JSON: {line[:100]!r}") from None

    def _last_words(self) -> str:
        """How it ended, and what it said last; ends what it has started."""
        process, words = self._process, self._words
        assert process is not None
        assert words is not None
        # It may still be writing; it is not waited for, so that its number, and its group's, stay its own.
        time.sleep(0.3)
        self._end(process)
        code = process.returncode
        manner = f"exit code {code}"
        if code < 0:
            manner = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        words.seek(max(0, words.seek(0, os.SEEK_END) - LAST))
        said = words.read().decode(errors="replace").strip().splitlines()
        fatal = [line for line in said if line.startswith("Fatal Python error")]
        self.close()
        last = (fatal or said or [""])[-1][:200]
        return f"its process ended with {manner}" + (f"; it last said: {last}" if last else "")

    def close(self) -> None:
        """End it and whatever it has started."""
        process, words = self._process, self._words
        self._process, self._words, self._heard = None, None, b""
        if process is not None:
            self._end(process)
        if words is not None:
            words.close()

    @staticmethod
    def _end(process: "subprocess.Popen[bytes]") -> None:
        if process.returncode is None:
            # Before it is waited for: afterwards its number may be that of another group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()


class Contest:
    """All tools of a race; who is missing or fails is named once, and takes part no longer."""

    def __init__(self, commands: dict[str, list[str] | None]) -> None:
        self.commands = commands
        self.folder = tempfile.TemporaryDirectory(prefix="race-")
        self.running: dict[str, Contestant] = {}
        self.peers: dict[str, Peer] = {}

    def __enter__(self) -> Self:
        for name, command in self.commands.items():
            contestant = Contestant(name, self.folder.name, command=command)
            try:
                self.running[name] = contestant.start()
                self.peers[name] = Peer(name, contestant.version, "raced")
            except (NotInstalled, ContestantFailed) as trouble:
                self.peers[name] = Peer(name, "", str(trouble))
            except BaseException:
                contestant.close()
                self._close()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        for contestant in self.running.values():
            contestant.close()
        self.folder.cleanup()

    def failed(self, name: str, trouble: ContestantFailed) -> None:
        """Name it and end it."""
        self.peers[name] = Peer(name, self.running[name].version, str(trouble))
        self.running.pop(name).close()

    def file(self, name: str) -> str:
        """Where a contestant leaves its states."""
        return str(Path(self.folder.name) / f"{name}.npy")
