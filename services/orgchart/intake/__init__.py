"""Intake of people from the human resources system: persons and appointments in batches, answered row by row."""
