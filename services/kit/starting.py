"""What keeps a process from starting although its code is right: somebody has to mend a file or a setting."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# sysexits.h, EX_CONFIG: starting again will not help.
CANNOT_START: Final = 78


class CannotStart(Exception):
    """One sentence in Spanish, for who started the process: which file or setting, and what to do."""


def unusable_file(path: Path, error: Exception, remedy: str) -> CannotStart:
    """What is wrong with a file that a process needs. remedy: what to do where it is damaged."""
    if isinstance(error, OSError):
        reason = os.strerror(error.errno) if error.errno is not None else type(error).__name__
        return CannotStart(f"No se puede usar {path} ({reason}). Dé permiso a quien ejecuta la plataforma.")
    return CannotStart(f"{path} está dañado. {remedy}")
