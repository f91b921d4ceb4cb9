"""The audit of the paper: its figures and numbers, and what it concludes from them, by every route there is."""
