"""Linear theory: fixed points, fluctuations about the mean field, and squeezing spectra of any open system."""
