"""Gaussian states, branches, density matrices, Wigner functions, and the ergotropy and its parts."""

from validation.evidence import Subject

SUBJECT = Subject("States and the work they hold")
