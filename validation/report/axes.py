"""Axes of a picture in SVG: from numbers to places on paper, with round ticks."""

from dataclasses import dataclass
from html import escape

import numpy as np

from validation.evidence import Array
from validation.report.words import power_of_ten


@dataclass(frozen=True)
class Scale:
    """From numbers between low and high to places between start and end, linear or logarithmic."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, numbers: Array) -> Array:
        """Places; what lies outside is put beyond the edge, but never far."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values, low, high = (
                np.log10(each) if self.logarithmic else np.asarray(each, dtype=np.float64)
                for each in (np.asarray(numbers, dtype=np.float64), self.low, self.high)
            )
            share = np.clip((values - low) / (high - low), -0.5, 1.5)
        return np.asarray(self.start + share * (self.end - self.start))

    def ticks(self, most: int = 5) -> list[tuple[float, str]]:
        """Places of round numbers, and the numbers."""
        if self.logarithmic:
            powers = np.arange(np.ceil(np.log10(self.low) - 1e-9), np.floor(np.log10(self.high) + 1e-9) + 1)
            powers = powers[:: max(1, int(np.ceil(len(powers) / most)))]
            if len(powers) > 1:
                return [(float(self(10**power)), power_of_ten(int(power))) for power in powers]
        step = _round_step((self.high - self.low) / most)
        numbers = np.arange(np.ceil(self.low / step - 1e-9), np.floor(self.high / step + 1e-9) + 1) * step
        largest = max(abs(self.low), abs(self.high))
        return [(float(self(each)), _number(float(each), step, largest)) for each in numbers]


def padded(low: float, high: float, share: float = 0.06) -> tuple[float, float]:
    """A little more at both ends; something around a single number."""
    span = high - low
    # A span below what numbers of this size resolve would have no ticks.
    least = 1e-12 * max(abs(low), abs(high)) or 1.0
    span = max(span, least) if span > least else max(0.1 * max(abs(low), abs(high)), least)
    return low - share * span, high + share * span


def line(x: Array, y: Array, colour: str, *, width: float = 1.6, dash: str = "") -> str:
    """A line through points; it is broken where one is not a number."""
    pieces, piece = [], ""
    for each, other in zip(x, y, strict=True):
        if np.isfinite(each) and np.isfinite(other):
            piece += f"{'L' if piece else 'M'}{each:.1f} {other:.1f}"
        else:
            pieces.append(piece)
            piece = ""
    path = "".join([*pieces, piece])
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>' if path else ""


def band(x: Array, low: Array, high: Array, colour: str, opacity: float) -> str:
    """The stretch between two lines."""
    fine = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    there = [f"{each:.1f} {other:.1f}" for each, other in zip(x[fine], low[fine], strict=True)]
    back = [f"{each:.1f} {other:.1f}" for each, other in zip(x[fine], high[fine], strict=True)][::-1]
    return f'<path d="M{"L".join(there + back)}Z" fill="{colour}" fill-opacity="{opacity}"/>' if there else ""


def dots(x: Array, y: Array, colour: str, radius: float = 2.4) -> str:
    """Points."""
    fine = np.isfinite(x) & np.isfinite(y)
    marks = [
        f'<circle cx="{each:.1f}" cy="{other:.1f}" r="{radius}"/>' for each, other in zip(x[fine], y[fine], strict=True)
    ]
    return f'<g fill="{colour}">{"".join(marks)}</g>'


def bars(x: Array, low: Array, high: Array, colour: str) -> str:
    """Vertical error bars."""
    fine = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    path = "".join(f"M{a:.1f} {b:.1f}V{c:.1f}" for a, b, c in zip(x[fine], low[fine], high[fine], strict=True))
    return f'<path d="{path}" stroke="{colour}" stroke-width="1.2" stroke-opacity="0.6" fill="none"/>' if path else ""


def text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, turned: bool = False) -> str:
    """Words, upright or turned by 90°."""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{turn}>{escape(words)}</text>'


def _round_step(rough: float) -> float:
    size = 10.0 ** np.floor(np.log10(rough))
    return float(size * next(each for each in (1, 2, 5, 10) if each * size >= rough * (1 - 1e-9)))


def _number(value: float, step: float, largest: float) -> str:
    if abs(value) < 1e-9 * step:
        return "0"
    power = 0 if step >= 1e-6 and 1e-3 <= largest < 1e5 else int(np.floor(np.log10(largest) + 1e-9))
    decimals = power - int(np.floor(np.log10(step) + 1e-9))
    words = f"{value / 10.0**power:.{min(max(decimals, 0), 9)}f}".replace("-", "−")
    return f"{words}·{power_of_ten(power)}" if power else words
