"""Straight lines through ln W^c and ln W^i after the switch: every window that the paper may have used."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from validation.paper.choices import Charged, Choices
from validation.paper.fits import line
from validation.paper.runs import curve

PUMP, OFF, UNTIL, SAVES = 3.0, 40.0, 46.0, 121
STEP = (UNTIL - OFF) / (SAVES - 1)
VANISHED = 1e-3
"""W^i, in ħω_s, below which it is not fitted: it reaches 0 at a finite time, and its logarithm diverges there."""
COHERENT, INCOHERENT = ("c_slope", "c_intercept", "c_r"), ("i_slope", "i_intercept", "i_r")


def fit(name: str, first: float, end: float, spacing: float, charged: Charged) -> tuple[float, ...]:
    """Slope, intercept and |r| of ln W against γ_s t over a window that begins and ends so long after the switch."""
    times, values, _, _ = curve(charged(PUMP), name)
    inside = (times >= OFF + first - STEP / 2) & (times <= OFF + end + STEP / 2)
    if name == "incoherent":
        inside &= np.cumprod(values > VANISHED).astype(bool)
    kept = np.flatnonzero(inside)[:: round(spacing / STEP)]
    if len(kept) < 3:
        return float("nan"), float("nan"), float("nan")
    return line(times[kept], np.log(values[kept]))[:3]


def windows(name: str, ends: Mapping[str, float]) -> Choices:
    """What the paper leaves open: where the window begins and ends, and how far its points are apart."""
    return {
        f"γ_s t from {OFF + first:g} to {label} in {spacing:g}": partial(fit, name, first, end, spacing)
        for first in (0.0, 0.05, 0.1)
        for label, end in ends.items()
        for spacing in (0.05, 0.5)
    }


CHOICES: dict[str, Choices] = {
    "coherent": windows("coherent", {f"{OFF + end:g}": end for end in (2.0, 2.4, 2.5, 2.55, 2.6)}),
    "incoherent": windows(
        "incoherent", {f"{OFF + end:g}": end for end in (2.0, 2.2, 2.25, 2.3)} | {"the end of W^i": UNTIL - OFF}
    ),
}
KEYS = {"coherent": COHERENT, "incoherent": INCOHERENT}
SYMBOLS = {"coherent": "W^c", "incoherent": "W^i"}
