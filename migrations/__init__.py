"""Schema history, one folder and one head per database."""
