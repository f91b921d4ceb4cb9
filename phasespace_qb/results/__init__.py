"""Results of every method: one schema, error bars, files."""
