"""Readers of the institution's documents."""
