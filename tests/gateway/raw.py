"""Bytes sent to a gateway as no client would send them, and the bytes that come back."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.gateway.conftest import RunningGateway

# An answer that has not come by then does not come.
PATIENCE_S = 5


async def exchange(gateway: RunningGateway, request: bytes) -> bytes:
    """What comes back first."""
    return await _exchange(gateway, request, 65_536)


async def whole_exchange(gateway: RunningGateway, request: bytes) -> bytes:
    """All that comes back until the gateway hangs up. Raises TimeoutError when it does not."""
    return await _exchange(gateway, request, -1)


async def _exchange(gateway: RunningGateway, request: bytes, at_most: int) -> bytes:
    address = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(at_most), PATIENCE_S)
    finally:
        writer.close()
