"""Two-photon absorber, even cat and the oscillator without its fast mode; Kerr modes: closed solutions."""

from validation.claims import kerr_modes, nonlinear_loss
from validation.evidence import Subject

SUBJECT = Subject(
    nonlinear_loss.SUBJECT.title, [claim for part in (nonlinear_loss, kerr_modes) for claim in part.SUBJECT.claims]
)
