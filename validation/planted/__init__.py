"""Planted bugs: mistakes that the validation layer has to notice when they are put into the package."""
