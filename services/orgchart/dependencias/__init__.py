"""Organisations that exist: central units one to one with the regulation, provincial ones from its template."""
