"""What is known about a mode: Gaussian states, two branches, density matrices."""
