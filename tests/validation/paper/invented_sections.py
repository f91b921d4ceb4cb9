"""Sections about a paper that nobody wrote: one for each thing that a page must show, and tasks that fail."""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from validation.evidence import Table, compare
from validation.paper.computing import Result, Results, Task
from validation.paper.page import Curve, Number, Panel, Route, Section, Verdict
from validation.paper.sections import Part

MARK = "INVENTED_SECTIONS_MARK"
"""Environment variable: the file that a task makes before it hangs."""


def double(number: float) -> Result:
    """Twice the number, and what JSON has no word for."""
    return {"twice": 2 * number, "none": float("nan"), "pair": (1.0, float("inf"))}


def break_down(number: float) -> Result:
    """Nothing."""
    raise ValueError(f"no root of {number:g} <&>")


def answer_with_an_array(number: float) -> Result:
    """What JSON cannot hold."""
    return {"array": np.ones(2) * number}


def hang() -> Result:
    """Say that it has begun, and wait for the end."""
    Path(os.environ[MARK]).touch()
    time.sleep(600)
    return {}


class Invented:
    """A section with given tasks; what it tells depends on `twice` of the first one."""

    def __init__(self, name, tasks, **change):
        self.name, self.needed, self.change = name, tasks, change

    def tasks(self, *, quick):
        """What it needs."""
        return self.needed

    def tell(self, results: Results, *, quick: bool) -> Section:
        """Everything that a section can have."""
        twice = results[self.needed[0]]["twice"]
        for task in self.needed[1:]:
            _ = results[task]
        return replace(section(self.name, twice, quick=quick), **self.change)


def part(name="figure-2", *tasks, is_figure=True, **change):
    """A part with its teller."""
    return Part(
        name.replace("-", "_"), is_figure, Invented(name, list(tasks) or [Task.of(double, number=1.5)], **change)
    )


def good():
    """A figure and a statement, both fine."""
    return [part(), part("it-saturates", is_figure=False, numbers=())]


def comparison(shift=0.0, wrong=1.2, quantity="W^c, positive-P <-> master equation"):
    """A decay by two routes; shift: in standard errors."""
    times = np.linspace(0.1, 4, 25)
    curve, scatter = np.exp(-times), np.random.default_rng(3).standard_t(19, 25)
    found = curve + 1e-3 * (scatter + shift)
    given = {"error": 1e-3, "wrong": wrong * curve, "unit": "ħω_s", "axis": times, "axis_name": "γ_s t"}
    return next(compare(quantity, found, curve, **given))


def number(**change):
    """A number of the paper as a figure may have it."""
    given = {
        "figure": "3b",
        "quantity": "slope of ln W_ss",
        "printed": "2.742",
        "paper_cutoffs": "2.742 (2.610 … 2.850)",
        "converged": "2.951",
        "cutoffs": "(56, 14)",
        "positive_p": "2.949 ± 0.004",
        "branches": "2.903",
        "closed_form": "none: W_ss is no exponential",
        "reproduced": "exact (N = highest level; F_p = 1 … 3 in 0.5, read at γ_s t = 40)",
        "confirmed": "no",
        "with_noise": "2.9 at g² = 1/32, 3.8 at 1e-3: it grows as g² falls",
    }
    given |= change
    judged = {
        "found": "no" if given["reproduced"].startswith("NO") else "in full",
        "remains": given["confirmed"] == "yes",
        "is_known": given["converged"] != "nan",
    }
    return Number(**(judged | given))


def panel(**change):
    """Curves of all routes, two labels."""
    x = np.linspace(0, 40, 201)
    curves = []
    for pump, height in ((2.0, 6.0), (3.0, 14.0)):
        y = height / (1 + np.exp(-(x - 9) / 1.5))
        label, points = f"F_p = {pump:g} √γ_s", tuple(x)
        curves += [
            Curve(label, Route.CONVERGED, points, tuple(y)),
            Curve(label, Route.PAPER_CUTOFFS, points, tuple(0.95 * y)),
            Curve(label, Route.POSITIVE_P, points, tuple(y + 0.1), tuple(y - 0.3), tuple(y + 0.5)),
            Curve(label, Route.BRANCHES, points, tuple(0.9 * y)),
        ]
    curves.append(Curve("F_p = 3 √γ_s", Route.CLOSED_FORM, (10.0, 20.0, 30.0), (9.0, 14.0, 14.2)))
    curves.append(Curve("F_p = 3 √γ_s", Route.PRINTED, (5.0, 40.0), (2.0, 13.5)))
    given = {"title": "Ergotropy <W>", "x_name": "time γ_s t", "y_name": "ergotropy W^c_ss (ħω_s)"}
    return Panel(**(given | {"curves": tuple(curves)} | change))


def section(name, twice, *, quick=False):
    """A section with one of everything."""
    return Section(
        name=name,
        title="Fig. 3: W_ss <against> F_p",
        printed="The ergotropy W_ss grows with F_p; ln W_ss is fitted by a line with |r| = 0.9974.",
        verdicts=(Verdict("reproduced", "holds"), Verdict("no exponential law", "fails"), Verdict("λ < 1.5", "partly")),
        answer=f"At the paper’s cutoffs the line is the same; twice is {twice:g}, {'quick' if quick else 'full'}.",
        text=("Below threshold n̄ = g²λ²/2(1 − λ²), so that W_ss ∝ F_p^4 & no exponential.", "See 1e-4 < 2e+03."),
        numbers=(number(), number(figure="4", quantity="γ_s t of the largest W^c", reproduced="NO", confirmed="yes")),
        panels=(panel(), decay()),
        tables=(
            Table(
                "W_ss at several g²",
                ("g²", "W_ss (ħω_s)", "remark"),
                (("1e-4", "3.5e+03", ""), ("1/32", "14", "x")),
            ),
        ),
        comparisons=(comparison(), comparison(quantity="n̄_ss")),
    )


def decay():
    """Logarithmic axes, points that have no place on them, and few points."""
    x = np.geomspace(1e-3, 10, 13)
    return Panel(
        "Decay of W^c after the pump is off",
        "γ_s t",
        "W^c (ħω_s)",
        (
            Curve("W^c", Route.CONVERGED, tuple(x), tuple(np.exp(-x))),
            Curve("W^i", Route.CONVERGED, tuple(x), tuple(np.where(x > 5, 0.0, np.exp(-2 * x)))),
            Curve("W^i", Route.CLOSED_FORM, tuple(x), tuple(np.exp(-2 * x))),
            Curve("W^i", Route.POSITIVE_P, (1.0, 2.0), (0.13, float("nan")), (-1.0, 0.0), (0.2, 0.1)),
        ),
        logarithmic_x=True,
        logarithmic_y=True,
        note="The fit ends at γ_s t = 5.",
    )
