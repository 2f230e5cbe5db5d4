"""Intake of measurements: decode, stage, check and write set by set, answer row by row."""
