"""A folder for the test server's data: in memory where there is room, since a test's database lives for a second.

Creating, filling and removing the five hundred files of a database takes a quarter of the time it takes on a disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private to its owner
_PREFIX = "iesspr-test-"
_ENOUGH_BYTES = 2 * 2**30


def folder_in_memory() -> Path:
    """A new private folder, in memory or, without room there, in the system's temporary folder.

    What processes killed before they could clean up have left in memory is removed first.
    """
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES):
        return Path(tempfile.mkdtemp(prefix=_PREFIX))
    for left in _MEMORY.glob(f"{_PREFIX}*-*"):
        if not _alive(left.name.removeprefix(_PREFIX).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_MEMORY))


def _alive(pid: str) -> bool:
    """Also of somebody else's process, which cannot be signalled."""
    with suppress(PermissionError):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
    return True
