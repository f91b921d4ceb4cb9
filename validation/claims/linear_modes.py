"""Damped, driven, amplified and squeezed modes: Gaussian states with closed moments, and their output spectra."""

from validation.evidence import Subject

SUBJECT = Subject("Modes with linear equations")
