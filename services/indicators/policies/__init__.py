"""Scoring policies: versioned data, never constants of the code."""
