"""NOTAs: where they end, what they say, what they speak of. None of it knows the text referred to."""
