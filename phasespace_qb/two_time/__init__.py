"""Correlations between two times, and what they tell: spectra of squeezing, correlation times, switching times."""
