"""Period codes as this service keeps them: `2025-03`, `2025-B2`, `2025-Q1`, `2025-C1`, `2025-S1`, `2025`."""

from __future__ import annotations

import re

_DHIS2 = re.compile(r"([0-9]{4})(?:([0-9]{2})|0([1-6])B|([QS][1-4]))")


def in_our_spelling(code: str) -> str:
    """A code of DHIS2 (`202503`, `202502B`, `2025Q1`, `2025S1`) in ours; anything else as it is."""
    found = _DHIS2.fullmatch(code)
    if found is None:
        return code
    year, month, bimester, part = found.groups()
    return f"{year}-{month or part or 'B' + bimester}"
