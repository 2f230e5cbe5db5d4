"""Targets per period: set, closed and reopened by the planning office, each change kept with its reason."""
