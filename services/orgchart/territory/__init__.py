"""Zones and provinces of Art. 12."""
