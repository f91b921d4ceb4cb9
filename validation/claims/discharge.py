"""The battery gives its work to a qubit."""

from validation.evidence import Subject

SUBJECT = Subject("Discharge into a two-level load")
