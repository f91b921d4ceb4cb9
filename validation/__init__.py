"""Checks and measurements that are run from a checkout: `python -m validation`."""
