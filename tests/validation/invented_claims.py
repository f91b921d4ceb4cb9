"""Claims without any physics, one for each way in which a claim can end; what dies or hangs does so when it is told."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from validation.evidence import Comparison, MissingReferee, Subject, Table, Tier, compare

GOOD = Subject("Claims that stand <&> are kept")
BAD = Subject("Claims that fall")
DEADLY = Subject("Claims that die")
SLOW = Subject("Claims that take their time")
STUCK = Subject("Claims without an end")

MARK = "INVENTED_CLAIMS_MARK"
"""Environment variable: the file that a claim makes before it hangs."""

TIMES = np.linspace(0.1, 3.0, 30)
CURVE = np.exp(-TIMES)
NOISE = np.random.default_rng(5).standard_t(19, 30)
WORDS = {"route": "by hand", "referee": "closed form", "source": "nobody, 1900", "control": "a rate 5 % larger"}


def curve(shift: float = 0.0, rate: float = 1.05, **others: object) -> Iterator[Comparison]:
    """A decay with errors of 0.3 %."""
    error = 3e-3 * CURVE
    found = CURVE + NOISE * error + shift * error
    wrong = np.exp(-rate * TIMES)
    yield from compare(
        "photon number n̄", found, CURVE, error=error, wrong=wrong, axis=TIMES, axis_name="time t (1/γ)", **others
    )


@GOOD.claim("A curve e^(−γt) is what it is, and 1 < 2 & 3 > 2.", **WORDS)
def a_curve_is_right() -> Iterator[Comparison | Table]:
    """A sampled curve, exact numbers, and a table."""
    yield from curve()
    roots = np.sqrt([2.0, 3.0])
    yield from compare("root √x", roots, roots + 1e-12, known=1e-11, wrong=roots * 1.001, labels=("x = 2", "x = 3"))
    yield from compare("what is nothing", 0.0, 0.0, known=1e-12, unit="ħω_s")
    yield Table("Figures <b>", ("what", "how much (s)"), (("one & two", "1.5e-09"), ("a-curve-is-right", "no-claim")))


@GOOD.claim("An approximation is off by no more than was said of it.", **WORDS)
def a_bias_is_declared() -> Iterator[Comparison]:
    """Off by ten standard errors."""
    yield from curve(shift=10, rate=1.3, declared=0.04 * CURVE)


@GOOD.claim("What takes long is right too.", **WORDS, tier=Tier.FULL)
def a_long_one_is_right() -> Iterator[Comparison]:
    """A complex number."""
    yield from compare("amplitude ⟨a⟩", 1 + 2j, 1 + 2j, known=1e-9, wrong=1 - 2j)


@BAD.claim("A curve is what it is not.", **WORDS)
def a_curve_is_wrong() -> Iterator[Comparison]:
    """Twenty standard errors off."""
    yield from curve(shift=20, rate=2.0)


@BAD.claim("A claim whose control is not seen.", **WORDS)
def a_control_is_not_seen() -> Iterator[Comparison]:
    """A control far below what is seen."""
    yield from curve(rate=1.0001)


@BAD.claim("A claim without a control.", **WORDS)
def no_control_is_planted() -> Iterator[Comparison]:
    """Agrees, and proves nothing."""
    yield from compare("number", 1.0, 1.0, known=1e-9)


@BAD.claim("A number that is none is no agreement.", **WORDS)
def a_number_is_none() -> Iterator[Comparison]:
    """NaN and infinity."""
    yield from compare("number", [np.nan, np.inf, 1.0], [1.0, 1.0, 1.0], known=1e-9, wrong=2.0)


@BAD.claim("A check that crashes is no success.", **WORDS)
def a_check_crashes() -> Iterator[Comparison]:
    """An error after the first comparison."""
    yield from curve()
    raise ValueError("the <second> one crashed")


@BAD.claim("A referee that is missing is no success.", **WORDS)
def a_referee_is_missing() -> Iterator[Comparison]:
    """As without QuTiP."""
    raise MissingReferee("QuTiP is not installed: pip install qutip")
    yield


@DEADLY.claim("A process that ends itself takes nothing with it.", **WORDS)
def a_process_exits() -> Iterator[Comparison]:
    """As in compiled code that calls exit."""
    os.write(2, b"my last words")
    os._exit(3)
    yield


@DEADLY.claim("A process that is killed takes nothing with it.", **WORDS)
def a_process_is_killed() -> Iterator[Comparison]:
    """As by the system when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield


@DEADLY.claim("One that comes after them is still checked.", **WORDS)
def one_lives_on() -> Iterator[Comparison]:
    """An ordinary one."""
    yield from curve()


@STUCK.claim("One comes to no end.", **WORDS, tier=Tier.FULL)
def one_comes_to_no_end() -> Iterator[Comparison]:
    """Waits for what never happens, and so does what it has started."""
    with subprocess.Popen(["sleep", "600"]):
        threading.Event().wait()
    yield


@STUCK.claim("Another one is still checked.", **WORDS)
def another_one_is_checked() -> Iterator[Comparison]:
    """An ordinary one."""
    yield from curve()


@SLOW.claim("A quick one is done before the interruption.", **WORDS)
def a_quick_one() -> Iterator[Comparison]:
    """An ordinary one."""
    yield from curve()


@SLOW.claim("A first one hangs.", **WORDS)
def a_first_one_hangs() -> Iterator[Comparison]:
    """Until it is stopped; it leaves a mark when it begins."""
    Path(os.environ[MARK]).touch()
    time.sleep(600)
    yield


@SLOW.claim("A second one hangs.", **WORDS)
def a_second_one_hangs() -> Iterator[Comparison]:
    """Until it is stopped."""
    time.sleep(600)
    yield


@SLOW.claim("A third one is never reached.", **WORDS)
def a_third_one_waits() -> Iterator[Comparison]:
    """Comes after those that hang."""
    yield from curve()


def good() -> dict[str, Subject]:
    """All stand."""
    return {"good_claims": GOOD}


def everything() -> dict[str, Subject]:
    """Every way to end, but for hanging."""
    return {"good_claims": GOOD, "bad_claims": BAD, "deadly_claims": DEADLY}


def stuck() -> dict[str, Subject]:
    """One comes to no end."""
    return {"stuck_claims": STUCK}


def hanging() -> dict[str, Subject]:
    """Some hang."""
    return {"slow_claims": SLOW}
