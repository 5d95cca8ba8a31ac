"""The exercise file: YAML -> measures, thresholds and conditions, compiled, kept up to date and edited."""
