"""The commands, one a file: parse, call, print.  No physics; heavy imports wait until a command runs."""

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes of all commands."""
