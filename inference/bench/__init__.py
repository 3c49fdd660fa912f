"""How fast it is, against what: everything in one run, on the same input, as ratios."""
