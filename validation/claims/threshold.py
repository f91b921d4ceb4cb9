"""Universal scaling at threshold, squeezing spectra, correlation and switching times."""

from validation.evidence import Subject

SUBJECT = Subject("Threshold, two times and switching")
