"""“Ergotropy grows exponentially with the pump”: a straight line through a threshold."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from validation.evidence import Comparison, Table, compare
from validation.paper.computing import Results, Task
from validation.paper.fits import Line, line
from validation.paper.limits import linear_below, name_of
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.printed import CLAIMS
from validation.paper.runs import eliminated, exact
from validation.paper.scaling import PAPER_NOISE, PAPER_THRESHOLD, RATIOS, late
from validation.paper.statements.saturation import CONVERGED, LAST_TENTH, grid, noises, steady
from validation.paper.statements.steady_coherence import Steady
from validation.paper.steady import by_samples

Array = NDArray[np.float64]
WINDOWS = ((0.5, 1.0), (0.5, 1.5), (1.0, 2.0), (2.0, 4.0))
"""λ between which ln W_ss is fitted; the second one is that of the paper's Fig. 3a."""
PAPERS_WINDOW = (0.5, 1.5)
BEYOND = 4.0
"""F_p at which the line is continued."""
FACTOR = 1.5
"""By which a continued line may be off and still be called one."""
STEADY_SLOPES = 0.1
"""Share by which the slopes at all g² and windows may differ and still be called one."""


def above_threshold(ratio: ArrayLike, noise: float) -> Array:
    """W_ss of the two branches, λ > 1, to leading order in g²: (λ−1)/g², in ħω_s."""
    return np.asarray((np.asarray(ratio, dtype=np.float64) - 1) / noise)


def papers_line(pumps: ArrayLike) -> Array:
    """W_ss of the paper's fit to Fig. 3b over F_p in √γ_s."""
    return np.asarray(np.exp(CLAIMS["W_intercept"].value + CLAIMS["W_slope"].value * np.asarray(pumps)))


def tasks(*, quick: bool) -> list[Task]:
    """Closed forms over λ, trajectories above threshold, and runs at F_p = 3 and beyond."""
    found = [eliminated(RATIOS, noise) for noise in noises(quick=quick)] + [
        by_samples(pump, quick=quick) for pump in (3.0, BEYOND)
    ]
    if not quick:
        found += [exact(CONVERGED[pump], pump=pump) for pump in (3.0, BEYOND)]
    return found + [steady(point) for point in grid(quick=quick)]


def tell(results: Results, *, quick: bool) -> Section:
    """ln W_ss against λ: lines through it, and what it is."""
    closed = {noise: np.array(_closed(results, noise)["value"]) for noise in noises(quick=quick)}
    lines = {noise: {window: _fit(window, values) for window in WINDOWS} for noise, values in closed.items()}
    beyond = Steady(*late(results[by_samples(BEYOND, quick=quick)], "work", LAST_TENTH))
    there = float(papers_line(BEYOND))
    slopes = [each.slope for by_window in lines.values() for each in by_window.values()]
    papers_slopes = {noise: by_window[PAPERS_WINDOW] for noise, by_window in lines.items()}
    off = max(there / beyond.value, beyond.value / there)
    smallest, largest = min(papers_slopes), max(papers_slopes)
    one_slope = max(slopes) <= (1 + STEADY_SLOPES) * min(slopes)
    straight = min(each.r for each in papers_slopes.values())
    return Section(
        name="exponential-growth",
        title="Ergotropy grows exponentially with the pump",
        printed="W_ss is said to grow exponentially with F_p, approximately; ln W_ss is fitted by "
        f"{CLAIMS['W_intercept'].value} + "
        f"{CLAIMS['W_slope'].value} F_p with |r| = {CLAIMS['W_r'].value} (Fig. 3b).",
        verdicts=(
            Verdict(
                f"continued to F_p = {BEYOND:g} the paper’s line is {off:.1f} times "
                f"{'too high' if there > beyond.value else 'too low'}"
                if off > FACTOR
                else f"the paper’s line holds at F_p = {BEYOND:g}",
                "fails" if off > FACTOR else "holds",
            ),
            Verdict(
                "one slope for all windows and g²"
                if one_slope
                else f"the slope is {min(slopes):.1f} … {max(slopes):.1f} in λ, by window and g²",
                "holds" if one_slope else "fails",
            ),
        ),
        conclusions=(_concluded(one_slope, off),),
        answer=f"Continued to F_p = {BEYOND:g}, beyond the points of the paper, the line says W_ss = {there:.0f}; "
        f"it is {beyond.written()}. Over "
        f"λ = {PAPERS_WINDOW[0]:g} … {PAPERS_WINDOW[1]:g}, the pumps of Fig. 3a, the slope of ln W_ss in λ goes from "
        f"{papers_slopes[largest].slope:.2f} at g² = {name_of(largest)} to {papers_slopes[smallest].slope:.2f} at "
        f"g² = {name_of(smallest)}"
        + (": one number for all." if one_slope else ": it depends on the window and on g²."),
        text=(
            "Below threshold the squeezed vacuum has "
            "W_ss = ½[1/(1−λ²) − 1/√(1−λ²)], whatever g² is; above, the branches have W_ss → (λ−1)/g², linear in the "
            "pump. At threshold W_ss grows as 1/g.",
            "A line through ln W_ss across the threshold joins the two. Its correlation coefficient over this window "
            f"is {straight:.3f} or more at all g² tried{'' if one_slope else ', whatever the slope is'}. "
            "Between the ends W_ss changes by a factor of about (λ−1)/(g² W_below), and the slope is about the "
            "logarithm of that over the width of the window.",
            _robust(closed),
        ),
        panels=(_panel(results, closed, quick=quick),),
        tables=(_slopes_table(lines), _beyond_table(results, beyond, quick), _limits_table(closed)),
        comparisons=tuple(_comparisons(results, quick=quick)),
    )


def _robust(closed: dict[float, Array]) -> str:
    """How W_ss rises at every g²: monotonically or not, and beyond threshold as the branches say or not."""
    monotonic = all((np.diff(values) > 0).all() for values in closed.values())
    far = np.array(RATIOS) >= 2
    off = max(
        float(np.abs(values[far] / above_threshold(np.array(RATIOS)[far], noise) - 1).max())
        for noise, values in closed.items()
    )
    return (
        f"W_ss {'rises monotonically' if monotonic else 'does not rise monotonically'} at all g² tried; from λ = 2 on "
        f"it is (λ−1)/g², linear in F_p, to {off:.0%}."
    )


def _concluded(one_slope: bool, off: float) -> Verdict:
    words = "W_ss grows exponentially with the pump"
    if one_slope and off <= FACTOR:
        return Verdict(words, "holds")
    return Verdict(f"{words} (an effect of the window, which spans the threshold, and of g²)", "fails")


def _closed(results: Results, noise: float) -> dict[str, list[float]]:
    part: dict[str, list[float]] = results[eliminated(RATIOS, noise)]["work"]
    return part


def _fit(window: tuple[float, float], values: Array) -> Line:
    ratios = np.array(RATIOS)
    inside = (ratios >= window[0]) & (ratios <= window[1])
    return line(ratios[inside], np.log(values[inside]))


def _panel(results: Results, closed: dict[float, Array], *, quick: bool) -> Panel:
    below, above = np.linspace(RATIOS[0], 0.97, 40), np.linspace(1.05, RATIOS[-1], 60)
    curves = [Curve("λ < 1, g² → 0", Route.CLOSED_FORM, tuple(below), tuple(map(linear_below, below)))]
    for noise, values in closed.items():
        label = f"g² = {name_of(noise)}"
        curves.append(Curve(label, Route.CLOSED_FORM, RATIOS, tuple(values)))
        found = {
            point.ratio: Steady(*late(results[steady(point)], "work", LAST_TENTH))
            for point in grid(quick=quick)
            if point.noise == noise
        }
        curves.append(
            Curve(
                label,
                Route.POSITIVE_P,
                tuple(found),
                tuple(each.value for each in found.values()),
                tuple(each.value - each.reach for each in found.values()),
                tuple(each.value + each.reach for each in found.values()),
            )
        )
    printed = np.linspace(0.5, BEYOND / PAPER_THRESHOLD, 30)
    curves.append(
        Curve(f"g² = {PAPER_NOISE:.4g}", Route.PRINTED, tuple(printed), tuple(papers_line(PAPER_THRESHOLD * printed)))
    )
    noise = min(closed)
    curves.append(Curve("(λ−1)/g², smallest g²", Route.CLOSED_FORM, tuple(above), tuple(above_threshold(above, noise))))
    return Panel("W_ss through the threshold", "λ = F_p/F_th", "W_ss (ħω_s)", tuple(curves), logarithmic_y=True)


def _slopes_table(lines: dict[float, dict[tuple[float, float], Line]]) -> Table:
    rows = tuple(
        (f"{name_of(noise)}", *(f"{each.slope:.2f} ({each.r:.4f})" for each in by_window.values()))
        for noise, by_window in lines.items()
    )
    headings = ("g²", *(f"λ = {first:g} … {last:g}" for first, last in WINDOWS))
    printed = PAPER_THRESHOLD * CLAIMS["W_slope"].value
    return Table(f"Slope of ln W_ss in λ, and |r|, closed form; the paper has {printed:.2f}", headings, rows)


def _beyond_table(results: Results, beyond: Steady, quick: bool) -> Table:
    rows, within = [], Steady(*late(results[by_samples(3.0, quick=quick)], "work", LAST_TENTH))
    for pump, ours in ((3.0, within), (BEYOND, beyond)):
        solved = "in the full audit only"
        if not quick:
            solved = f"{late(results[exact(CONVERGED[pump], pump=pump)], 'work', LAST_TENTH)[0]:.2f}"
        linear = float(above_threshold(pump / PAPER_THRESHOLD, PAPER_NOISE))
        rows.append((f"{pump:g}", f"{float(papers_line(pump)):.1f}", ours.written(), solved, f"{linear:.1f}"))
    headings = ("F_p (√γ_s)", "the paper’s line", "positive-P", "master equation, converged", "(λ−1)/g²")
    return Table("W_ss (ħω_s) within and beyond the window of the fit", headings, tuple(rows))


def _limits_table(closed: dict[float, Array]) -> Table:
    half, one, two = (RATIOS.index(ratio) for ratio in (0.5, 1.0, 2.0))
    limit = linear_below(0.5)
    rows = tuple(
        (
            f"{name_of(noise)}",
            f"{values[half]:.5f}",
            f"{limit:.5f}",
            f"{np.sqrt(noise) * values[one]:.4f}",
            f"{noise * values[two]:.4f}",
        )
        for noise, values in closed.items()
    )
    headings = ("g²", "W_ss, λ = ½ (ħω_s)", "its limit", "g W_ss, λ = 1", "g² W_ss, λ = 2 (limit 1)")
    return Table("The closed form approaches its limits", headings, rows)


def _comparisons(results: Results, *, quick: bool) -> Iterator[Comparison]:
    """W_ss above threshold by trajectories, and by closed form with its stated error or the master equation.

    Planted: photon numbers of λ instead of λ − 1, a threshold that was forgotten.
    """
    for noise in noises(quick=quick):
        here = [point for point in grid(quick=quick) if point.noise == noise]
        closed, at = _closed(results, noise), [RATIOS.index(point.ratio) for point in here]
        found = [Steady(*late(results[steady(point)], "work", LAST_TENTH)) for point in here]
        expected = np.array([closed["value"][k] for k in at])
        ratios = np.array([point.ratio for point in here])
        yield from compare(
            f"W_ss at g² = {name_of(noise)}: positive-P at γ_p = 16 γ_s and the closed form without the pump mode",
            [each.value for each in found],
            expected,
            error=[each.error for each in found],
            known=[each.known + closed["known"][k] for each, k in zip(found, at, strict=True)],
            wrong=expected * ratios / (ratios - 1),
            unit="ħω_s",
            axis=ratios,
            axis_name="λ",
        )
    if not quick:
        pumps = (3.0, BEYOND)
        free = [Steady(*late(results[by_samples(pump, quick=quick)], "work", LAST_TENTH)) for pump in pumps]
        solved = [Steady(*late(results[exact(CONVERGED[pump], pump=pump)], "work", LAST_TENTH)) for pump in pumps]
        expected = np.array([each.value for each in solved])
        yield from compare(
            "W_ss at the paper’s κ: positive-P and master equation",
            [each.value for each in free],
            expected,
            error=[each.error for each in free],
            known=[one.known + other.known for one, other in zip(free, solved, strict=True)],
            wrong=expected * np.array(pumps) / (np.array(pumps) - PAPER_THRESHOLD),
            unit="ħω_s",
            axis=pumps,
            axis_name="F_p (√γ_s)",
        )
