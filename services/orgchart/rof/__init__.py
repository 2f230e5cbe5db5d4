"""The regulation on any date: units, their attributions and products, what changed and by which resolution."""
