"""The organisation as this service knew it at any instant: who hung where, and who took over from whom."""
