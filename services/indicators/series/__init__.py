"""One indicator over time, and over the dependencias that answer for it."""
