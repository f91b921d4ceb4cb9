"""The exact reference: density matrices below number cutoffs, from the same declaration."""
