"""Phase-space representations, one a file: rules that turn a master equation into stochastic equations."""
