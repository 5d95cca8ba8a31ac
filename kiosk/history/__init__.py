"""Training remembered as numbers: kept, read, exported and forgotten."""
