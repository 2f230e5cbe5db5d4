"""Data quality: did it come, did it come in time, can it be relied upon."""
