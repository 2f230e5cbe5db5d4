"""Child processes that never outlive their parent and that drop root when told to."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """An operating system account that a child runs as."""

    uid: int
    gid: int


def dies_with_parent(signal_number: int) -> Callable[[], None]:
    """A preexec_fn: the kernel sends `signal_number` to the child when the thread that started it ends.

    Changing the user id clears the setting, so it must run after privileges were dropped; subprocess runs
    preexec_fn after `user=`. Outside Linux it does nothing: there only a clean stop ends the children.
    """
    parent = os.getpid()

    def arrange() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange


def spawn(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    environment: Mapping[str, str],
    death_signal: signal.Signals = signal.SIGKILL,
    account: Account | None = None,
    pass_fds: Sequence[int] = (),
    directory: Path | None = None,
    talks: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child in its own process group (a Ctrl-C in the terminal reaches only the parent).

    talks: standard input and output are pipes to the parent; otherwise output goes to the log.
    Call it from the main thread: the death signal follows the starting thread, not the process.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
        stdout=subprocess.PIPE if talks else log,
        stderr=log,
        env=dict(environment),
        cwd=directory,
        pass_fds=tuple(pass_fds),
        process_group=0,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
        preexec_fn=dies_with_parent(death_signal),
    )


async def wait_for_end(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Whether the process ended in time. Popen instead of asyncio's own: its children need no watcher threads."""
    deadline = time.monotonic() + timeout_s
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def run_to_end(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Whether a spawned process ended in time. One that did not, or is no longer waited for, is killed with its own."""
    try:
        return await wait_for_end(process, timeout_s)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
