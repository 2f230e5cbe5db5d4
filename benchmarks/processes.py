"""Memory of a running process, as the kernel counts it."""

from __future__ import annotations

import re
from pathlib import Path

_KIB_IN_MIB = 1024


def resident_mib(pid: int) -> float:
    """Resident memory now."""
    return _status(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """Highest resident memory since `forget_peak`, or since the start where the kernel does not let it be reset."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Starts the peak again at the memory of now (proc(5): 5 in clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5\n")


def _status(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/{pid}/status has no {name}")
    return int(found[1]) / _KIB_IN_MIB
