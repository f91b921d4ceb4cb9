"""Ways to single trajectories inside the library, for claims that are about them."""
