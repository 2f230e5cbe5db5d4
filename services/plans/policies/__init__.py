"""Policies of plans: versioned data with validity and author, kept by the planning office."""
