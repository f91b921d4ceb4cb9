"""Damped, driven, amplified and squeezed modes, and the linear theory of the battery: the chapter as a whole."""

from validation.claims import coupled_modes, gaussian_modes, general_modes, linear_battery
from validation.evidence import Subject

PARTS = (gaussian_modes, general_modes, coupled_modes, linear_battery)
SUBJECT = Subject(gaussian_modes.SUBJECT.title, [claim for part in PARTS for claim in part.SUBJECT.claims])
