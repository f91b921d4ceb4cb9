"""The two-mode battery: trajectories, linear theory and the master equation, and identities between them."""

from validation.evidence import Subject

SUBJECT = Subject("The battery of the paper")
