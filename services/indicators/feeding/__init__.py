"""Assignments fed by a source: computed from what the platform knows, stored as measurements with that source."""
