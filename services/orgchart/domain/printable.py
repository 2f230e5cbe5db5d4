"""What may stand in a name of this service: what may stand in any."""

from __future__ import annotations

from services.kit.printable import NAME, PRINTABLE, PROSE, is_name, is_printable

__all__ = ["NAME", "PRINTABLE", "PROSE", "is_name", "is_printable"]
