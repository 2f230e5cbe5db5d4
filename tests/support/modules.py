"""Servers of the tests that run as processes of their own: `python -m <module> <port> …`."""

from __future__ import annotations

import asyncio
import sys
import time

START_S = 30


async def start_module(module: str, port: int, *arguments: str) -> asyncio.subprocess.Process:
    """The process, once it takes connections. Raises RuntimeError when it ends or is silent instead."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, str(port), *arguments)
    deadline = time.monotonic() + START_S
    while process.returncode is None and time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return process
    await kill(process)
    raise RuntimeError(f"{module} did not start; it ended with {process.returncode}")


async def kill(process: asyncio.subprocess.Process) -> None:
    """SIGKILL, unless it has ended, and its end awaited."""
    if process.returncode is None:
        process.kill()
    await process.wait()
