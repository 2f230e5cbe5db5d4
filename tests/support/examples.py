"""How many examples a property is tried on where each of them costs a database some work."""

from __future__ import annotations

import os

_THOROUGH = 10


def examples(quick: int) -> int:
    """quick: as many in `make test`; `make proof` takes ten times that many (it sets IESSPR_THOROUGH)."""
    return quick * (_THOROUGH if os.environ.get("IESSPR_THOROUGH") else 1)
