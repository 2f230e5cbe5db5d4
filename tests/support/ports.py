"""Ports for processes that are started, killed and started again on the same number.

The kernel gives out its ephemeral ports to whoever connects or binds without a number: one that was only looked up and
let go can belong to somebody else a moment later, and a client that waits for it there can even connect to itself.
Ports below that range are nobody's, so what is claimed here stays free until the run ends.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

_LOWEST = 10_000
_CLAIMS: list[int] = []
"""Open claim files: the lock on each lives as long as this process."""


def free_port() -> int:
    """A port of 127.0.0.1 that no other run of the tests on this machine uses, and the kernel gives to nobody."""
    folder = Path(tempfile.gettempdir()) / f"iesspr-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    candidates = list(range(_LOWEST, _first_ephemeral()))
    random.shuffle(candidates)
    for port in candidates:
        if _is_free(port) and _claim(folder / str(port)):
            return port
    raise OSError("no port is free")


@cache
def _first_ephemeral() -> int:
    setting = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(setting.read_text().split()[0]) if setting.exists() else 32_768
    # Where the kernel takes nearly all ports for itself, a claim is worth only what `_is_free` says at the moment.
    return first if first > _LOWEST + 1_000 else 60_000


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _claim(file: Path) -> bool:
    claim = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    _CLAIMS.append(claim)
    return True
