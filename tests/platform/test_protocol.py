"""What a server meets from those who do not speak HTTP: a problem, an end, and no memory lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from iesspr import protocol


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(application, lifespan="off", log_config=None, http=protocol.Protocol)
    config.load()
    state = uvicorn.server.ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol.Protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


@pytest.mark.parametrize(
    "sent",
    [b"FOO / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01"],
    ids=["unknown method", "bad length", "TLS hello"],
)
async def test_what_is_not_http_gets_a_problem(sent: bytes) -> None:
    async with connection() as (reader, writer):
        writer.write(sent)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "malformed-request"


async def test_endless_headers_are_refused() -> None:
    async with connection() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n" + b"X-Filler: " + b"a" * (protocol.LARGEST_HEADERS_BYTES + 1))
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_headers_that_never_end_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADERS_TIMEOUT_S", 0.2)

    async with connection() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        async with asyncio.timeout(5):
            assert await reader.read() == b""


async def test_requests_one_after_the_other_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADERS_TIMEOUT_S", 0.2)

    async with connection() as (reader, writer):
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"ok"
            await asyncio.sleep(0.3)  # longer than headers may take: an idle connection is not one of those
