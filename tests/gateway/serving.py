"""Runs ASGI applications under the real server, inside the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from iesspr.protocol import Protocol


def free_socket() -> tuple[socket.socket, str]:
    """A listening socket and its URL, so that processes can be told of each other before they start."""
    # With the protocol named: asyncio switches Nagle's algorithm off only then, and an answer in two writes would wait
    # 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Any, listening: socket.socket | None = None) -> AsyncIterator[str]:
    """Yields the URL once the application has started."""
    listening = listening or free_socket()[0]
    configuration = uvicorn.Config(
        app, log_config=None, lifespan="on", http=Protocol, timeout_graceful_shutdown=1, timeout_keep_alive=75
    )
    server = uvicorn.Server(configuration)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    for _ in range(3_000):
        if server.started or task.done():
            break
        await asyncio.sleep(0.01)
    if not server.started:
        raise RuntimeError("the server did not start")
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
