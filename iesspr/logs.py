"""Where each process writes, and what it said last."""

from __future__ import annotations

from pathlib import Path
from typing import IO

_LARGEST_BYTES = 20 * 1024 * 1024
_SHOWN_LINES, _SHOWN_WIDTH = 8, 600


class Logs:
    """The logs of one run, appended to those of earlier runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._starts: dict[str, int] = {}

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def open(self, name: str) -> IO[bytes]:
        """For appending; a large log is set aside first."""
        path = self.path(name)
        if path.exists() and path.stat().st_size > _LARGEST_BYTES:
            path.replace(path.with_suffix(".log.1"))
        log = path.open("ab")
        self._starts[name] = log.tell()
        return log

    def end_of(self, name: str) -> str:
        """The last lines of this run; plain ones, meant for people, before structured ones."""
        with self.path(name).open("rb") as log:
            log.seek(self._starts.get(name, 0))
            lines = log.read().decode(errors="replace").splitlines()
        plain = [line for line in lines if line.strip() and not line.startswith("{")]
        return "\n".join(f"  {line[-_SHOWN_WIDTH:]}" for line in (plain or lines)[-_SHOWN_LINES:])
