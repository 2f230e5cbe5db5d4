"""Scorecards: what a dependencia delivered in a period, cell by cell and as one score."""
