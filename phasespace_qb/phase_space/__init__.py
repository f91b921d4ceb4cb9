"""Trajectories: representations derive equations, integrators step them, kernels run them, accumulators sum them."""
