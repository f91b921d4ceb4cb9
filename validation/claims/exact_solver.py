"""The master equation below number cutoffs: element by element against QuTiP and dense matrices."""

from validation.evidence import Subject

SUBJECT = Subject("The exact solver")
