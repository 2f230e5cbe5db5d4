"""Text that is drawn where people choose: names in trees, menus and letters."""

from __future__ import annotations

import re
from typing import Final

# No control characters, nor those that turn the direction of what follows.
PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
# Besides, something to be seen: not only spaces, joiners and their like.
NAME: Final = (
    r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*"
    r"[^\x00-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
    r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
)
# In prose, lines may end; NUL is what no column takes.
PROSE: Final = r"^[^\x00]*$"

is_printable = re.compile(PRINTABLE).fullmatch
is_name = re.compile(NAME).fullmatch
