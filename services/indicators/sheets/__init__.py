"""Writing technical sheets: new indicators, new versions pushed to their assignments, formulas and lineage."""
