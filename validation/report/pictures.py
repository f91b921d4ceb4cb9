"""Pictures of comparisons as SVG: curves with what was expected of them, and strips for single numbers.

Drawn here and not by a plotting library: hundreds of them take no time, are small, and use the fonts of the page.
"""

from dataclasses import dataclass
from html import escape

import numpy as np
from scipy.special import stdtrit

from phasespace_qb.plot.style import COLOURS
from validation.evidence import Array, Comparison
from validation.judgement import DEGREES_OF_FREEDOM
from validation.report.axes import Scale, band, bars, dots, line, padded, text
from validation.report.words import typeset, unit_of

FOUND, EXPECTED, WRONG = COLOURS["ergotropy"], COLOURS["energy"], COLOURS["ergotropy_coherent"]
DECLARED = "#E69F00"
GREY = "#8a8a8a"
WIDTH, TOP, MIDDLE, LOWER, BOTTOM, LEFT, RIGHT = 460, 28, 196, 214, 292, 62, 452
"""Where a picture has its edges: the upper panel from TOP to MIDDLE, the lower one from LOWER to BOTTOM."""
HEIGHT = 334
INTERVAL = float(stdtrit(DEGREES_OF_FREEDOM, 0.975))
"""Standard errors to either side that hold 95 %."""
MOST_POINTS, MOST_DOTS = 240, 60
STRIP = 150


def is_curve(each: Comparison) -> bool:
    """Whether its values are a curve over an axis."""
    return each.axis is not None and len(each.axis) > 2 and len(np.unique(each.axis)) == len(each.axis)


@dataclass(frozen=True)
class _Curves:
    """A comparison in the order of its axis, thinned; shares are differences divided by what would be noticed."""

    x: Array
    found: Array
    expected: Array
    wrong: Array | None
    half: Array
    share: Array
    wrong_share: Array | None
    share_error: Array
    known: Array
    declared: Array

    @classmethod
    def of(cls, each: Comparison) -> "_Curves":
        assert each.axis is not None
        order = np.argsort(each.axis)
        if len(order) > MOST_POINTS:
            shown = np.linspace(0, len(order) - 1, MOST_POINTS).round().astype(int)
            worst = int(np.argmax(np.nan_to_num(np.abs(shares(each, each.expected))[order], nan=np.inf)))
            order = order[np.unique(np.append(shown, worst))]
        return cls(
            each.axis[order],
            each.found[order],
            each.expected[order],
            None if each.wrong is None else each.wrong[order],
            (INTERVAL * each.error + each.known)[order],
            shares(each, each.expected)[order],
            None if each.wrong is None else shares(each, each.wrong)[order],
            divided(each.error, each.noticed)[order],
            divided(each.known, each.noticed)[order],
            divided(each.known + each.declared, each.noticed)[order],
        )


def divided(number: Array, by: Array) -> Array:
    """Quotients; 0 of nothing is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(number == 0, 0.0, number / by)


def shares(each: Comparison, expected: Array) -> Array:
    """Differences divided by those that would be noticed at each point alone."""
    return divided(each.found - expected, each.noticed)


def curve(each: Comparison) -> str:
    """Found, expected and the control's values over the axis; below, differences by what would be noticed."""
    drawn = _Curves.of(each)
    logarithmic = bool(drawn.x.min() > 0 and drawn.x.max() > 200 * drawn.x.min() and _is_geometric(drawn.x))
    low, high = drawn.x.min(), drawn.x.max()
    if not logarithmic:
        low, high = padded(low, high, 0.03)
    across = Scale(float(low), float(high), LEFT, RIGHT, logarithmic)
    unit = unit_of(each).strip()
    name = f"{each.quantity} ({unit})" if unit else each.quantity
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">',
        text(4, 14, name if len(name) < 62 else name[:60] + "…", size=13),
        _upper(drawn, across),
        _lower(drawn, across),
        text((LEFT + RIGHT) / 2, HEIGHT - 8, typeset(each.axis_name), anchor="middle"),
        "</svg>",
    ]
    return "".join(parts)


def _upper(drawn: _Curves, across: Scale) -> str:
    ends = np.concatenate([drawn.found - drawn.half, drawn.found + drawn.half, drawn.expected])
    ends = ends[np.isfinite(ends)] if np.isfinite(ends).any() else np.array([0.0, 1.0])
    low, high = float(ends.min()), float(ends.max())
    if drawn.wrong is not None and np.isfinite(drawn.wrong).any():
        # The control may lie far away; it must not make a line of everything else.
        room = max(high - low, 0.05 * max(abs(low), abs(high)))
        low = min(low, max(float(np.nanmin(drawn.wrong)), low - room))
        high = max(high, min(float(np.nanmax(drawn.wrong)), high + room))
    positive = float(min(np.nanmin(drawn.found), np.nanmin(drawn.expected))) if np.isfinite(drawn.found).any() else -1.0
    logarithmic = positive > 0 and high > 1000 * positive
    down = Scale(positive / 2, high * 2, MIDDLE, TOP, True) if logarithmic else Scale(*padded(low, high), MIDDLE, TOP)
    x = across(drawn.x)
    bottom = np.maximum(drawn.found - drawn.half, down.low) if logarithmic else drawn.found - drawn.half
    parts = [_frame(across, down, TOP, MIDDLE), '<g clip-path="url(#clip-upper)">']
    parts.append(band(x, down(bottom), down(drawn.found + drawn.half), FOUND, 0.22))
    parts.append(line(x, down(drawn.expected), EXPECTED, width=1.2))
    if drawn.wrong is not None:
        parts.append(line(x, down(drawn.wrong), WRONG, dash="6 4"))
    parts.append(_marks(x, down(drawn.found)))
    return "".join([*parts, "</g>"])


def _lower(drawn: _Curves, across: Scale) -> str:
    finite = np.abs(drawn.share[np.isfinite(drawn.share)])
    edge = float(np.clip(1.15 * finite.max() if len(finite) else 1.5, 1.5, 8.0))
    down = Scale(-edge, edge, BOTTOM, LOWER)
    x = across(drawn.x)
    parts = [_frame(across, down, LOWER, BOTTOM, ticks=True), '<g clip-path="url(#clip-lower)">']
    if (drawn.declared > drawn.known).any():
        parts.append(band(x, down(-drawn.declared), down(drawn.declared), DECLARED, 0.18))
    parts.append(band(np.array([LEFT, RIGHT]), down(np.full(2, -1.0)), down(np.full(2, 1.0)), GREY, 0.16))
    parts.append(band(x, down(-drawn.known), down(drawn.known), GREY, 0.30))
    parts.append(line(np.array([LEFT, RIGHT]), down(np.zeros(2)), EXPECTED, width=0.8))
    if drawn.wrong_share is not None:
        parts.append(line(x, down(np.clip(drawn.wrong_share, -0.96 * edge, 0.96 * edge)), WRONG, dash="6 4"))
    reach = INTERVAL * drawn.share_error
    parts.append(bars(x, down(drawn.share - reach), down(drawn.share + reach), FOUND))
    parts.append(_marks(x, down(np.clip(drawn.share, -0.97 * edge, 0.97 * edge))))
    middle = (LOWER + BOTTOM) / 2
    words = [(12, "difference"), (27, "÷ noticed")]
    parts += ["</g>", *(text(place, middle, each, anchor="middle", turned=True) for place, each in words)]
    return "".join(parts)


def strip(each: Comparison, index: int) -> str:
    """One number: its difference by what would be noticed, and the control's."""
    share = float(shares(each, each.expected)[index])
    edge = float(np.clip(1.2 * abs(share), 1.6, 8.0)) if np.isfinite(share) else 1.6
    across = Scale(-edge, edge, 4, STRIP - 4)
    known = float(divided(each.known, each.noticed)[index])
    declared = float(divided(each.known + each.declared, each.noticed)[index])
    parts = [f'<svg class="strip" viewBox="0 0 {STRIP} 22" role="img" aria-label="{share:.2g} of what is noticed">']
    for size, colour, opacity in ((declared, DECLARED, 0.18), (1.0, GREY, 0.16), (known, GREY, 0.3)):
        left, right = across(np.clip(np.array([-size, size]), -edge, edge))
        if right > left and (colour != DECLARED or declared > known):
            box = f'x="{left:.1f}" y="2" width="{right - left:.1f}" height="18"'
            parts.append(f'<rect {box} fill="{colour}" fill-opacity="{opacity}"/>')
    parts.append(f'<path d="M{STRIP / 2} 2v18" stroke="{EXPECTED}" stroke-width="0.8"/>')
    if each.wrong is not None:
        x = float(across(np.clip(shares(each, each.wrong)[index], -0.95 * edge, 0.95 * edge)))
        if np.isfinite(x):
            parts.append(f'<path d="M{x - 4:.1f} 11l4 -4l4 4l-4 4z" fill="#fff" stroke="{WRONG}" stroke-width="1.6"/>')
    reach = INTERVAL * float(divided(each.error, each.noticed)[index])
    ends = across(np.clip(np.array([share - reach, share + reach]), -edge, edge))
    if np.isfinite(ends).all():
        parts.append(f'<path d="M{ends[0]:.1f} 11H{ends[1]:.1f}" stroke="{FOUND}" stroke-width="1.4"/>')
    parts.append(dots(across(np.clip(np.array([share]), -0.97 * edge, 0.97 * edge)), np.array([11.0]), FOUND, 3.2))
    return "".join([*parts, "</svg>"])


def clips() -> str:
    """The edges of the panels, once for all pictures of a page."""
    edges = (("clip-upper", TOP, MIDDLE), ("clip-lower", LOWER, BOTTOM))
    paths = [
        f'<clipPath id="{name}"><rect x="{LEFT}" y="{top}" width="{RIGHT - LEFT}" height="{end - top}"/></clipPath>'
        for name, top, end in edges
    ]
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>{"".join(paths)}</defs></svg>'


def _marks(x: Array, y: Array) -> str:
    return dots(x, y, FOUND) if len(x) <= MOST_DOTS else line(x, y, FOUND, width=1.4)


def _frame(across: Scale, down: Scale, top: float, bottom: float, *, ticks: bool = False) -> str:
    parts = []
    for place, number in down.ticks(5 if not ticks else 4):
        parts.append(f'<path d="M{LEFT} {place:.1f}H{RIGHT}" stroke="#e6e6e6"/>')
        parts.append(text(LEFT - 6, place + 4, number, anchor="end", size=11))
    for place, number in across.ticks(6):
        parts.append(f'<path d="M{place:.1f} {bottom}v4" stroke="#555"/>')
        if ticks:
            parts.append(text(place, bottom + 17, number, anchor="middle", size=11))
    parts.append(f'<path d="M{LEFT} {top}V{bottom}H{RIGHT}" fill="none" stroke="#555"/>')
    return "".join(parts)


def _is_geometric(x: Array) -> bool:
    return float(np.median(x)) < 0.2 * float(x.max())
