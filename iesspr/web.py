"""The web processes as the supervisor sees them: started through the nursery, watched and stopped through it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from typing import Any

from iesspr.logs import Logs
from iesspr.nursery import Order, orders_as_line
from iesspr.process import spawn, wait_for_end
from iesspr.topology import ROOT

_STOP_TIMEOUT_S = 8


class WebProcesses:
    """One process per socket. Made early: the nursery loads what they share while the databases come up."""

    def __init__(self, sockets: Mapping[str, socket.socket], logs: Logs) -> None:
        self._sockets = sockets
        self._logs = {name: logs.open(name) for name in sockets}
        self.pids: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        with logs.open("nursery") as log:
            self._nursery = spawn(
                [sys.executable, "-m", "iesspr.nursery"],
                log=log,
                environment=os.environ,
                pass_fds=[
                    *(sock.fileno() for sock in sockets.values()),
                    *(file.fileno() for file in self._logs.values()),
                ],
                directory=ROOT,
                talks=True,
            )
        self._listening: asyncio.Task[None] | None = None

    async def start(self, environments: Mapping[str, dict[str, str]]) -> None:
        """Start them all; `pids` then holds their process numbers, unless the nursery ended."""
        orders = [
            Order(name, sock.fileno(), self._logs[name].fileno(), environments[name])
            for name, sock in self._sockets.items()
        ]
        assert self._nursery.stdin is not None  # noqa: S101 — it was spawned to talk
        self._nursery.stdin.write(orders_as_line(orders))
        self._nursery.stdin.flush()
        for sock in self._sockets.values():
            sock.close()
        for file in self._logs.values():
            file.close()
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self._nursery.stdout
        )
        first = await reader.readline()
        if first:
            self.pids = json.loads(first)["pids"]
        self._listening = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            fact: dict[str, Any] = json.loads(line)
            self.ended[fact["ended"]] = fact["code"]

    def check(self) -> None:
        """Notice that the nursery itself ended; it outlives all it started unless something is wrong."""
        code = self._nursery.poll()
        if code is not None and not self.ended:
            self.ended["nursery"] = code

    async def stop(self) -> None:
        """Ask them all to finish what they are doing, then insist."""
        if self._nursery.stdin is not None:
            self._nursery.stdin.close()
        if self._nursery.poll() is None:
            self._nursery.send_signal(signal.SIGTERM)
        if not await wait_for_end(self._nursery, _STOP_TIMEOUT_S):
            self._nursery.kill()  # the kernel ends the others with it
            self._nursery.wait()
        if self._listening is not None:
            await self._listening
