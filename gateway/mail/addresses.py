"""Which texts are one mail address, and nothing else.

The standard library reads far more in a header (groups, comments, several addresses) and cannot read some of it at all.
Source of the pattern: HTML Living Standard, "valid e-mail address", which is what a form's own check accepts.
"""

from __future__ import annotations

import re
from typing import Final

PATTERN: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"
_ADDRESS: Final = re.compile(PATTERN)


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None
