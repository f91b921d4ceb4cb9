"""Compiled kernels: their generated source, and the place where compiled modules live."""
