"""The Wigner function of the storage mode in the plane of its quadratures."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import PICTURES, STYLE, given_axes, heading, instant, require_variables, save_times
from phasespace_qb.states.wigner_function import wigner_function

OUTSIDE = 1e-3
"""The window holds all but this part of the photon numbers."""
MOST_POINTS = 401
HORIZONTAL, VERTICAL = r"$x = \sqrt{2}\,\mathrm{Re}\,\alpha$", r"$p = \sqrt{2}\,\mathrm{Im}\,\alpha$"


def wigner(run: xr.Dataset, times: ArrayLike | None = None, ax: Any = None) -> tuple[Figure, Any]:
    """Wigner function of the storage mode at up to four save times, on one colour scale; blue is negative.

    x = (a + a†)/√2 = √2 Re α, vacuum is e^(−x²−p²)/π.  The window is as wide as the largest photon number, √(2n+1),
    and the points are so close that the fringes between its opposite ends, of period π/√(2n+1), are resolved.

    times: units as the run has them, 1/γ_s; the nearest save times are shown, four spread over the run unless given.
    ax: as many axes as times; a new figure unless given.  Returns (figure, axes of shape (times,)).
    Raises: TypeError for what is no dataset and no times, ValueError if it has no `density_matrix` or does not
    reach `times`.
    Source: Hillery et al., Phys. Rep. 106, 121 (1984); see `phasespace_qb.states.wigner_function`.
    """
    if isinstance(run, xr.Dataset) and "density_matrix" not in run and "quadrature_covariance" in run:
        raise ValueError(refusal("run", "a result with density_matrix", *_without_matrix(run)))
    require_variables(run, "density_matrix")
    at = save_times(run, times)
    matrices = run["density_matrix"].values[at]
    reach = _reach(matrices)
    points = int(np.clip(2 * round(2.5 * reach**2) + 1, 121, MOST_POINTS))
    line = np.linspace(-reach, reach, points)
    values = np.array([wigner_function(matrix, line, line) for matrix in matrices])
    with plt.rc_context({**STYLE, "axes.spines.top": True, "axes.spines.right": True}):
        if ax is None:
            columns = min(2, len(at))
            bands = -(-len(at) // columns)
            figure, grid = plt.subplots(
                bands,
                columns,
                figsize=(1.2 + 1.4 * columns, 0.75 + 1.55 * bands),
                sharex=True,
                sharey=True,
                squeeze=False,
                layout="constrained",
            )
            axes = grid.ravel()[: len(at)]
            for unused in grid.ravel()[len(at) :]:
                unused.set_visible(False)
            for panel in axes[-columns:]:  # shared axes label the last row, which may have a gap
                panel.tick_params(labelbottom=True)
            figure.supxlabel(HORIZONTAL, fontsize=9)
            figure.supylabel(VERTICAL, fontsize=9)
            figure.suptitle(heading(run), fontsize=9)
        else:
            axes = given_axes(ax)
            if axes.shape != (len(at),):
                raise ValueError(refusal("ax", f"{len(at)} axes, one for each time", axes.shape))
            figure = axes[0].figure
            for panel in axes:
                panel.set(xlabel=HORIZONTAL, ylabel=VERTICAL)
        largest = float(np.abs(np.nan_to_num(values)).max()) or 1 / np.pi
        image: Any = None
        for panel, position, value in zip(axes, at, values, strict=True):
            image = panel.pcolormesh(
                line, line, value, cmap="RdBu_r", vmin=-largest, vmax=largest, shading="nearest", rasterized=True
            )
            panel.set_title(instant(run, float(run["time"].values[position])), fontsize=9)
            panel.set(aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
        figure.colorbar(image, ax=list(axes), label=r"$W(x, p)$  (vacuum: $1/\pi$)", shrink=0.8)
    return figure, axes


def _without_matrix(run: xr.Dataset) -> tuple[str, str]:
    """What was given instead of a result with a density matrix, and what to do."""
    method = run.attrs.get("method", "an unknown method")
    if reason := run.attrs.get("density_matrix_left_out"):
        why = f": {reason}" if isinstance(reason, str) else ", too large to be kept"
        return f"an other one ({method}) that left it out{why}", "Draw plot.number_distribution, or take lower cutoffs."
    others = [f"plot.{picture}" for picture in ("number_distribution", "phase_portrait") if PICTURES[picture] in run]
    remedy = f"Of this one there is {' or '.join(others)}. " if others else ""
    exact = "Lindblad keeps it up to 256 levels of the storage mode, and so does EliminatedSteadyState."
    return f"an other one ({method}) with averages only", remedy + exact


def _reach(matrices: NDArray[Any]) -> float:
    """Half width of a window that holds all these states."""
    p = np.diagonal(matrices, axis1=-2, axis2=-1).real
    inside = np.cumsum(p, axis=-1) < (1 - OUTSIDE) * p.sum(axis=-1, keepdims=True)
    return float(np.sqrt(2 * inside.sum(axis=-1).max() + 1) + 1.5)
