"""Ask a process on this machine for its status, with nothing but sockets."""

from __future__ import annotations

import asyncio


async def status_of(port: int, path: str, timeout_s: float = 5) -> int | None:
    """HTTP status of a GET on 127.0.0.1, None when there is no answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request.encode())
                line = await reader.readline()
            finally:
                writer.close()
        return int(line.split()[1])
    except (OSError, TimeoutError, IndexError, ValueError):
        return None
