"""Two-photon absorber, Kerr cavity, even cat and the oscillator without its fast mode: closed steady states."""

from validation.evidence import Subject

SUBJECT = Subject("One nonlinear mode")
