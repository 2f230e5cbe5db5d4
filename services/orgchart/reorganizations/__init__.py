"""Reorganisations: dated, previewed, applied in one transaction, acknowledged by all, undone while possible."""
