"""Side-by-side figures of this machine, as ratios from one run."""
