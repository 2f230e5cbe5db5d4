"""Assigning an indicator to a dependencia under a plan, and setting what the plan's document left open."""
