"""May this ensemble be trusted?  Rules that look at the equations before a run and at what came out of it.

A rule returns findings, each with the times at which it holds.  Trajectories that went wrong stay in all later
averages, even where they come back: rules about them hold from then on.
"""

from phasespace_qb.phase_space.hazards.before import of_equations, of_step_length
from phasespace_qb.phase_space.hazards.results import (
    of_counts,
    of_dropped_terms,
    of_shape,
    of_step,
    of_uncertainty,
    of_values,
)
from phasespace_qb.phase_space.hazards.runaway import of_interval, of_tails, without_error_bars, without_variance

__all__ = [
    "of_counts",
    "of_dropped_terms",
    "of_equations",
    "of_interval",
    "of_shape",
    "of_step",
    "of_step_length",
    "of_tails",
    "of_uncertainty",
    "of_values",
    "without_error_bars",
    "without_variance",
]
