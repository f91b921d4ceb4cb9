"""Panels of the page about the paper: curves of all routes over one axis, each route with a look of its own.

A colour is a label, a look is a route; letters at the curves tell the labels apart where there are no colours.
"""

from html import escape
from itertools import cycle

import numpy as np

from phasespace_qb.plot.style import RUNS
from validation.evidence import Array
from validation.paper.page import Curve, Panel, Route
from validation.report.axes import Scale, band, bars, dots, line, padded, text
from validation.report.typeset import as_html, as_svg

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 340, 66, 494, 30, 290
"""The size of a panel, and where its frame is."""
INK, GREY = "#1d1d1f", "#858585"
COLOURS = (RUNS[0], RUNS[1], RUNS[2], RUNS[4], "#8A5A00", "#56B4E9", "#5E3C99", RUNS[3])
"""Colours of the labels in the order in which they come."""
DASHES = {Route.PAPER_CUTOFFS: "8 4", Route.BRANCHES: "1.5 3", Route.CLOSED_FORM: "12 3 2 3", Route.PRINTED: "5 4"}
WIDTHS = {Route.CONVERGED: 2.0, Route.BRANCHES: 2.0, Route.PRINTED: 2.4, Route.CLOSED_FORM: 1.4}
ORDER = (
    Route.PRINTED,
    Route.PAPER_CUTOFFS,
    Route.CONVERGED,
    Route.BRANCHES,
    Route.CLOSED_FORM,
    Route.POSITIVE_P,
)
"""What is drawn first is below."""
NAMED_AT = (Route.CONVERGED, Route.PAPER_CUTOFFS, Route.POSITIVE_P, Route.CLOSED_FORM, Route.BRANCHES, Route.PRINTED)
"""Beside the first of these a label has its letter."""
MOST_DOTS, FEW, MOST_POINTS = 60, 16, 400
"""Dots that are drawn of a sampled curve; points up to which each is marked; points of a line."""
DECADES = 9.0
"""Powers of ten that a logarithmic axis upwards shows."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def panel(each: Panel) -> str:
    """A picture with its title above, and below it what its lines are."""
    across, down, notes = _scales(each)
    colours = _colours(each)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(each.title)}">',
        _frame(across, down),
        f'<text x="4" y="17" font-size="13">{as_svg(each.y_name, 13)}</text>',
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 9}" font-size="13" text-anchor="middle">'
        f"{as_svg(each.x_name, 13)}</text>",
        '<g clip-path="url(#clip-panel)">',
    ]
    for route in ORDER:
        parts += [_curve(curve, across, down, colours) for curve in each.curves if curve.route is route]
    parts.append("</g>")
    letters = _letters(each)
    parts += [_letter(*place, letters, colours) for place in _places(each, across, down, letters)]
    words = " ".join(([each.note] if each.note else []) + notes)
    note = f'<p class="note">{as_html(words)}</p>' if words else ""
    return (
        f"<figure><figcaption>{as_html(each.title)}</figcaption>{''.join(parts)}</svg>"
        f"{_legend(each, letters, colours)}{note}</figure>"
    )


def clip() -> str:
    """The frame of all panels of a page, once."""
    box = f'<rect x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>'
    return (
        '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
        f'<clipPath id="clip-panel">{box}</clipPath></defs></svg>'
    )


def _colours(each: Panel) -> dict[str, str]:
    """A label that has but a formula has the colour of formulas, and one that is the paper's has that."""
    routes: dict[str, set[Route]] = {}
    for curve in each.curves:
        routes.setdefault(curve.label, set()).add(curve.route)
    colours, following = {}, cycle(COLOURS)
    for label, those in routes.items():
        alone = GREY if those == {Route.PRINTED} else INK if those <= {Route.PRINTED, Route.CLOSED_FORM} else ""
        colours[label] = alone or next(following)
    return colours


def _letters(each: Panel) -> dict[str, str]:
    """Letters of the labels; none where there is but one."""
    labels = list(dict.fromkeys(curve.label for curve in each.curves))
    return dict(zip(labels, LETTERS, strict=False)) if len(labels) > 1 else {}


def _scales(each: Panel) -> tuple[Scale, Scale, list[str]]:
    """Axes that have everything, and sentences about what they leave out."""
    notes = []
    x, y = (np.array([value for c in each.curves for value in getattr(c, name)], dtype=float) for name in "xy")
    ends = [np.asarray(end, float) for c in each.curves for end in (c.low, c.high) if end is not None]
    seen = np.isfinite(x) & np.isfinite(y)
    lost = int((~seen).sum())
    if lost:
        notes.append(f"{_points(lost)} no finite value.")
    off = seen & ((each.logarithmic_x & (x <= 0)) | (each.logarithmic_y & (y <= 0)))
    if off.any():
        notes.append(f"{_points(int(off.sum()))} no place on a logarithmic axis, being 0 or negative.")
    x, y = x[seen & ~off], y[seen & ~off]
    reach = np.concatenate([y, *ends]) if ends else y
    reach = reach[np.isfinite(reach) & ((reach > 0) | (not each.logarithmic_y))]
    if each.logarithmic_y:
        low, high = (float(y.min()), float(y.max())) if len(y) else (0.1, 1.0)
        low, high = max(low, high * 10**-DECADES), max(high, float(reach.max()) if len(reach) else high)
        below = int((y < low).sum())
        if below:
            notes.append(f"{_points(below)} a value below the axis, which ends at {low:.1e}.")
        down = Scale(low / 1.5, min(high, 10 * float(y.max()) if len(y) else high) * 1.5, BOTTOM, TOP, True)
    else:
        low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
        # An error bar may be long; it must not make a line of everything else.
        room = max(high - low, 0.2 * max(abs(low), abs(high)))
        ends_at = low - room, high + room
        if len(reach):
            if reach.min() < ends_at[0] or reach.max() > ends_at[1]:
                notes.append("Some error bars go on beyond the picture.")
            low, high = (max(min(low, float(reach.min())), ends_at[0]), min(max(high, float(reach.max())), ends_at[1]))
        down = Scale(*padded(low, high), BOTTOM, TOP)
    return _across(each, x), down, notes


def _across(each: Panel, x: Array) -> Scale:
    low, high = (float(x.min()), float(x.max())) if len(x) else (0.1, 1.0)
    if each.logarithmic_x:
        room = (high / low) ** 0.04 if high > low else 2.0
        return Scale(low / room, high * room, LEFT, RIGHT, True)
    return Scale(*padded(low, high, 0.025), LEFT, RIGHT)


def _points(number: int) -> str:
    return "1 point has" if number == 1 else f"{number} points have"


def _frame(across: Scale, down: Scale) -> str:
    parts = []
    for place, number in down.ticks(6):
        parts.append(f'<path d="M{LEFT} {place:.1f}H{RIGHT}" stroke="#e6e6e6"/>')
        parts.append(text(LEFT - 7, place + 4, number, anchor="end", size=12))
    for place, number in across.ticks(7):
        parts.append(f'<path d="M{place:.1f} {BOTTOM}v4" stroke="#555"/>')
        parts.append(text(place, BOTTOM + 18, number, anchor="middle", size=12))
    parts.append(f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#555"/>')
    return "".join(parts)


def _curve(curve: Curve, across: Scale, down: Scale, colours: dict[str, str]) -> str:
    order = np.argsort(np.asarray(curve.x, float), kind="stable")
    most = MOST_DOTS if curve.route is Route.POSITIVE_P else MOST_POINTS
    if len(order) > most:
        order = order[np.unique(np.linspace(0, len(order) - 1, most).round().astype(int))]
    values = np.asarray(curve.x, float)[order], np.asarray(curve.y, float)[order]
    x, y = across(values[0]), down(values[1])
    if across.logarithmic or down.logarithmic:
        off = (across.logarithmic & (values[0] <= 0)) | (down.logarithmic & (values[1] <= 0))
        x, y = np.where(off, np.nan, x), np.where(off, np.nan, y)
    colour, ends = _colour(curve, colours), ""
    if curve.low is not None and curve.high is not None:
        low, high = (np.asarray(end, float)[order] for end in (curve.low, curve.high))
        # An interval that reaches beyond 0 goes on to the edge of a logarithmic axis, and so does one without an end.
        bottom = down(np.maximum(low, down.low / 3) if down.logarithmic else low)
        is_sampled = curve.route is Route.POSITIVE_P
        ends = bars(x, bottom, down(high), colour) if is_sampled else band(x, bottom, down(high), colour, 0.16)
    return ends + _drawn(curve.route, x, y, colour)


def _drawn(route: Route, x: Array, y: Array, colour: str) -> str:
    """A route's line or marks; points that a line would not show have marks as well."""
    if route is Route.POSITIVE_P:
        return dots(x, y, colour, 2.8)
    few = len(x) <= FEW
    if route is Route.CLOSED_FORM and few and len(x) != 2:
        return _boxes(x, y, colour, 4.5, filled=False)
    drawn = line(x, y, colour, width=WIDTHS.get(route, 1.8), dash=DASHES.get(route, ""))
    if few and route in (Route.CONVERGED, Route.PAPER_CUTOFFS):
        drawn += _boxes(x, y, colour, 2.6, filled=route is Route.CONVERGED)
    return drawn


def _boxes(x: Array, y: Array, colour: str, half: float, *, filled: bool) -> str:
    fine = np.isfinite(x) & np.isfinite(y)
    path = "".join(
        f"M{a - half:.1f} {b - half:.1f}h{2 * half:g}v{2 * half:g}h-{2 * half:g}z"
        for a, b in zip(x[fine], y[fine], strict=True)
    )
    look = f'fill="{colour}"' if filled else f'fill="#fff" fill-opacity="0.6" stroke="{colour}" stroke-width="1.4"'
    return f'<path d="{path}" {look}/>' if path else ""


def _colour(curve: Curve, colours: dict[str, str]) -> str:
    if curve.route is Route.PRINTED:
        return GREY
    return _darker(colours[curve.label]) if curve.route is Route.CLOSED_FORM else colours[curve.label]


def _darker(colour: str) -> str:
    """A formula beside the points of its label: the same hue, and seen where it lies on them."""
    channels = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(0.45 * each):02x}" for each in channels)


def _places(each: Panel, across: Scale, down: Scale, letters: dict[str, str]) -> list[tuple[str, float, float]]:
    """Where the letters stand: where the curves are farthest apart, the right edge first."""
    if not letters:
        return []
    mains = [
        min((c for c in each.curves if c.label == label), key=lambda c: NAMED_AT.index(c.route)) for label in letters
    ]
    drawn = [_sorted(curve, across, down) for curve in mains]
    best: list[tuple[str, float, float]] = []
    widest = -1.0
    for share in (1.0, 0.9, 0.75, 0.6, 0.45, 0.3, 0.15):
        at = LEFT + share * (RIGHT - LEFT)
        found = [(label, *_point(x, y, at)) for label, (x, y) in zip(letters, drawn, strict=True) if len(x)]
        heights = np.sort([y for _, _, y in found])
        apart = min(float(np.diff(heights).min()) if len(heights) > 1 else 14.0, 14.0)
        if apart > widest + 1:
            best, widest = found, apart
    return _apart(best)


def _sorted(curve: Curve, across: Scale, down: Scale) -> tuple[Array, Array]:
    """The places of a curve's points that are in the frame."""
    order = np.argsort(np.asarray(curve.x, float), kind="stable")
    values = np.asarray(curve.x, float)[order], np.asarray(curve.y, float)[order]
    x, y = across(values[0]), down(values[1])
    inside = np.isfinite(x) & np.isfinite(y) & (y >= TOP - 1) & (y <= BOTTOM + 1)
    if down.logarithmic:
        inside &= values[1] > 0
    return x[inside], y[inside]


def _point(x: Array, y: Array, at: float) -> tuple[float, float]:
    at = float(np.clip(at, x[0], x[-1]))
    return at, float(np.interp(at, x, y))


def _apart(places: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Letters that would cover each other are moved down, and all of them up again if that leaves the frame."""
    moved: list[tuple[str, float, float]] = []
    for label, x, y in sorted(places, key=lambda place: place[2]):
        above = [other for _, at, other in moved if abs(at - x) < 12]
        moved.append((label, x, max(y, above[-1] + 13) if above else y))
    beyond = max((y for _, _, y in moved), default=0.0) - BOTTOM
    return [(label, x, y - max(beyond, 0.0)) for label, x, y in moved]


def _letter(label: str, x: float, y: float, letters: dict[str, str], colours: dict[str, str]) -> str:
    where = f'x="{x + 7:.1f}" y="{y + 4:.1f}"'
    return f'<text class="letter" {where} font-size="13" style="fill:{colours[label]}">{letters[label]}</text>'


def _legend(each: Panel, letters: dict[str, str], colours: dict[str, str]) -> str:
    """Labels with their letters and colours, then routes with their looks."""
    keys = []
    if len(colours) > 1 or any(label.strip() for label in colours):
        for label, colour in colours.items():
            letter = f'<b style="color:{colour}">{letters[label]}</b> ' if label in letters else ""
            swatch = (
                f'<svg viewBox="0 0 14 12" class="swatch"><rect y="2" width="12" height="8" fill="{colour}"/></svg>'
            )
            keys.append(f'<span class="key">{swatch}<span>{letter}{as_html(label) or "–"}</span></span>')
    keys.append('<span class="break"></span>')
    for route in sorted({curve.route for curve in each.curves}, key=list(Route).index):
        few = {len(curve.x) <= FEW and len(curve.x) != 2 for curve in each.curves if curve.route is route}
        keys.append(f'<span class="key">{_sample(route, few)}<span>{escape(route.value)}</span></span>')
    return f'<div class="legend">{"".join(keys)}</div>'


def _sample(route: Route, few: set[bool]) -> str:
    """A route's look, as wide as a key; few: whether its curves have few points, some of them, all, or none."""
    colour = GREY if route is Route.PRINTED else INK
    along = np.array([2.0, 32.0])
    if route is Route.POSITIVE_P:
        x = np.array([6.0, 17.0, 28.0])
        y = np.full(3, 6.0)
        mark = bars(x, y - 5, y + 5, colour) + dots(x, y, colour, 2.8)
    else:
        by_boxes = route is Route.CLOSED_FORM and few == {True}
        mark = (
            ""
            if by_boxes
            else line(along, np.full(2, 6.0), colour, width=WIDTHS.get(route, 1.8), dash=DASHES.get(route, ""))
        )
        if True in few and route is Route.CLOSED_FORM:
            mark += _boxes(np.array([17.0]), np.array([6.0]), colour, 4.5, filled=False)
        if True in few and route in (Route.CONVERGED, Route.PAPER_CUTOFFS):
            mark += _boxes(np.array([17.0]), np.array([6.0]), colour, 2.6, filled=route is Route.CONVERGED)
    return f'<svg viewBox="0 0 34 12" class="sample" aria-hidden="true">{mark}</svg>'
