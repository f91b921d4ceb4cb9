"""Tests of what is run from a checkout."""
