"""The command line: starts the whole platform on one machine, and tends it."""
