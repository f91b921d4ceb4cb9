"""From sums over trajectories to values with errors: the moments, the density matrix, and what both are worth."""
