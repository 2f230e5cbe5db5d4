"""Told to stop while it starts, an installation stops at once: the first start takes many seconds."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from iesspr.home import Home
from iesspr.postgres import DatabaseUrls
from iesspr.process import run_to_end, spawn
from iesspr.supervisor import CannotRun, Supervisor
from tests.support.ports import free_port


class Slow(Supervisor):
    """Its databases never come up."""

    def __init__(self, home: Home, port: int) -> None:
        super().__init__(home, port)
        self.waits = asyncio.Event()

    async def _databases(self) -> dict[str, DatabaseUrls]:
        self.waits.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody ends this wait")


class Broken(Supervisor):
    async def _databases(self) -> dict[str, DatabaseUrls]:
        raise CannotRun("no")


async def test_a_start_under_way_is_left_when_told_to_stop(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    supervisor = Slow(home, free_port())
    running = asyncio.create_task(supervisor.run())
    await supervisor.waits.wait()

    supervisor._stop_on(signal.SIGTERM)
    await running

    home.acquire()  # nobody holds it any more
    home.release()


async def test_it_stops_though_its_terminal_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "no terminal")

    home = Home(tmp_path / "home")
    supervisor = Slow(home, free_port())
    running = asyncio.create_task(supervisor.run())
    await supervisor.waits.wait()
    monkeypatch.setattr(sys, "stdout", Gone())

    supervisor._stop_on(signal.SIGHUP)
    await asyncio.wait_for(running, 30)

    home.acquire()
    home.release()


async def test_a_start_that_fails_says_why_and_leaves_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    with pytest.raises(CannotRun, match="no"):
        await Broken(home, free_port()).run()

    home.acquire()
    home.release()


async def test_a_program_that_is_no_longer_waited_for_ends_with_its_own(tmp_path: Path) -> None:
    program = "import os, sys; os.fork(); sys.stdout.write('x'); sys.stdout.flush(); import time; time.sleep(600)"
    with (tmp_path / "log").open("wb") as log:
        process = spawn([sys.executable, "-c", program], log=log, environment=os.environ)
    waiting = asyncio.create_task(run_to_end(process, 600))
    await asyncio.sleep(0)
    until(lambda: (tmp_path / "log").read_bytes() == b"xx")

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert process.returncode == -signal.SIGKILL
    until(lambda: not runs(process.pid))  # its child is somebody else's to reap


def until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.01)


def runs(group: int) -> bool:
    """Whether a process of the group is alive; the dead may still be listed."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = entry.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False
