"""Tests of the audit of the paper."""
