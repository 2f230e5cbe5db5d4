"""Posts: the places that persons are appointed to. Every dependencia has one that answers for it."""
