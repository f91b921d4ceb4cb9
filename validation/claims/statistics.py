"""Whether intervals cover, noise is what it should be, blocks merge, and verdicts speak in time."""

from validation.evidence import Subject

SUBJECT = Subject("Error bars, random numbers and verdicts")
