"""Universal scaling at threshold, two times and switching, and tools of charging: the chapter as a whole."""

from validation.claims import charging_tools, slow_modes, threshold_scaling, two_times
from validation.evidence import Subject

PARTS = (threshold_scaling, two_times, slow_modes, charging_tools)
SUBJECT = Subject(threshold_scaling.SUBJECT.title, [claim for part in PARTS for claim in part.SUBJECT.claims])
