"""Training reports: numbers, charts and pages from the history."""
