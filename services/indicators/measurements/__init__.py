"""Cells: the value of an assignment in a period, its state, its history."""
