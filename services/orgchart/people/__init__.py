"""Persons: only what appointments need to know of them, readable only by those who must."""
