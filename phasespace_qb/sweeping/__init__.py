"""Many runs at many parameters: the grid, the points in parallel, one dataset."""
