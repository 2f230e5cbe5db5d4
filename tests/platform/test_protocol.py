"""What a server meets from those who do not speak HTTP: a problem, an end, and no memory lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from iesspr import protocol


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Reading:
    """Reads the whole body before it answers; keeps what it was given."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self.body = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_whole = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began.set()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            self.body += message["body"]
            more = message["more_body"]
        self.is_whole = not more
        self.headers = scope["headers"]
        await application(scope, receive, send)
        self.ended.set()


async def answering_first(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins its answer before the body has come."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"o", "more_body": True})
    await receive()
    await receive()
    await send({"type": "http.response.body", "body": b"k"})


@asynccontextmanager
async def connection(
    app: ASGIApp = application,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(app, lifespan="off", log_config=None, http=protocol.Protocol)
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
    assert b"x-content-type-options: nosniff" in head
    assert json.loads(body)["code"] == "malformed-request"


@pytest.mark.parametrize(
    "request_head",
    [b"GET / HTTP/1.1\r\nHost: a\r\nX-Filler: %b\r\n\r\n", b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"],
    ids=["headers", "address"],
)
async def test_headers_too_large_are_refused_also_when_they_come_in_one_piece(
    request_head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LARGEST_HEADERS_BYTES", 1024)  # what one reading of a socket surely takes

    async with connection() as (reader, writer):
        writer.write(request_head % (b"a" * 1024))
        answer = await reader.read()
    async with connection() as (reader, writer):
        writer.write(request_head % (b"a" * 900))
        smaller = await reader.readuntil(b"\r\n")

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert smaller == b"HTTP/1.1 200 OK\r\n"


async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"o", "more_body": True})
    await send({"type": "http.response.body", "body": b"k"})


@pytest.mark.parametrize("app", [application, streaming])
async def test_who_speaks_http_1_0_gets_no_chunks_and_the_end_of_the_connection(app: ASGIApp) -> None:
    async with connection(app) as (reader, writer):
        writer.write(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        async with asyncio.timeout(5):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding" not in head
    assert body == b"ok"


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


CHUNKED = b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
NO_CHUNKS = {
    "no size": b"zz\r\n",
    "a negative size": b"-1\r\n",
    "a size beyond all": b"fffffffffffffffff\r\n",
    "more than its size": b"1\r\nabc\r\n",
    "a bare line feed": b"1\na\n",
    "a length after it": b"0\r\nContent-Length: 3\r\n\r\n",
}


@pytest.mark.parametrize("chunk", NO_CHUNKS.values(), ids=NO_CHUNKS)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_malformed_chunk_gets_a_problem_and_nobody_takes_what_came_for_the_whole(
    chunk: bytes, *, at_once: bool
) -> None:
    app = Reading()
    async with connection(app) as (reader, writer), asyncio.timeout(5):
        writer.write(CHUNKED + chunk if at_once else CHUNKED)
        if not at_once:
            await app.began.wait()
            writer.write(chunk)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        await app.ended.wait()

    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in head
    problem = json.loads(body)
    assert (problem["code"], problem["instance"]) == ("malformed-request", "/things")
    assert not app.is_whole


async def test_a_malformed_chunk_with_an_application_that_has_not_read_gets_one_answer() -> None:
    app = Reading()
    async with connection(app) as (reader, writer), asyncio.timeout(5):
        writer.write(CHUNKED.replace(b"Host", b"Expect: 100-continue\r\nHost") + b"zz\r\n")
        answer = await reader.read()
        await app.ended.wait()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


async def keep_sending(writer: asyncio.StreamWriter, piece: bytes = b"a") -> None:
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_a_refused_caller_that_stays_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_S", 0.1)
    async with connection() as (reader, writer), asyncio.timeout(5):
        writer.write(b"FOO / HTTP/1.1\r\n\r\n")
        await reader.read()
        with pytest.raises(ConnectionError):
            await keep_sending(writer)


async def test_a_malformed_chunk_adds_nothing_to_an_answer_that_has_begun() -> None:
    async with connection(answering_first) as (reader, writer), asyncio.timeout(5):
        writer.write(CHUNKED)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(1) == b"o"
        writer.write(b"zz\r\n")

        assert await reader.read() == b""


async def test_what_is_not_http_after_a_whole_request_is_not_its_answer() -> None:
    app = Reading()
    async with connection(app) as (reader, writer), asyncio.timeout(5):
        writer.write(CHUNKED + b"0\r\n\r\nFOO / HTTP/1.1\r\n\r\n")
        answer = await reader.read()

    assert b" 400 " not in answer


async def test_fields_after_a_body_never_become_headers() -> None:
    app = Reading()
    async with connection(app) as (reader, writer), asyncio.timeout(5):
        writer.write(CHUNKED + b"0\r\nAuthorization: Bearer x\r\nHost: b\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

    assert app.is_whole
    assert app.headers == [(b"host", b"a"), (b"transfer-encoding", b"chunked")]


@pytest.mark.parametrize("beginning", [b"5;", b"0\r\nX-Filler: ", b"0\r\n" + b"X-A: b\r\n" * 10])
async def test_what_is_neither_headers_nor_body_has_an_end(beginning: bytes) -> None:
    app = Reading()
    async with connection(app) as (reader, writer), asyncio.timeout(5):
        writer.write(CHUNKED)
        await app.began.wait()
        writer.write(beginning)
        for _ in range(3):
            writer.write(
                b"X-A: b\r\n" * 8192 if beginning.endswith(b"b\r\n") else b"a" * protocol.LARGEST_HEADERS_BYTES
            )
            await asyncio.sleep(0)
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert not app.is_whole


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def test_requests_sent_ahead_wait_in_small_number() -> None:
    """One segment of a socket holds thousands of them, and each that waits holds memory."""
    started, gate = 0, asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal started
        started += 1
        await gate.wait()
        await application(scope, receive, send)

    async with connection(slow) as (reader, writer), asyncio.timeout(10):
        writer.write(GET * 5_000)
        await asyncio.sleep(0.1)
        gate.set()
        answers = await reader.read()

    assert answers.count(b"HTTP/1.1 200 ") == started
    assert 1 < started <= protocol.MOST_WAITING + 1
    assert b"connection: close" in answers


async def test_a_whole_request_is_answered_before_what_follows_it_ends_the_connection() -> None:
    async with connection() as (reader, writer), asyncio.timeout(5):
        writer.write(GET + b"junk\r\n\r\n")
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"ok")


@pytest.mark.parametrize("version", [b"0.9", b"2.0", b"1.2", b"9.9"])
async def test_other_versions_of_http_are_refused(version: bytes) -> None:
    async with connection() as (reader, writer), asyncio.timeout(5):
        writer.write(GET.replace(b"1.1", version))
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("idle", [b"\r\n", b"\n"])
async def test_empty_lines_hold_no_connection_open(idle: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADERS_TIMEOUT_S", 0.2)
    async with connection() as (reader, writer), asyncio.timeout(5):
        writer.write(GET)
        await reader.readuntil(b"ok")
        with pytest.raises(ConnectionError):
            await keep_sending(writer, idle)


async def test_empty_lines_before_a_request_are_passed_over() -> None:
    async with connection() as (reader, writer), asyncio.timeout(5):
        for _ in range(2):
            writer.write(b"\r\n" + GET)
            await reader.readuntil(b"ok")


@pytest.mark.parametrize("rest", ["body", "trailers"])
async def test_a_body_does_not_drip_on_after_its_answer(rest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADERS_TIMEOUT_S", 0.2)
    async with connection() as (reader, writer), asyncio.timeout(5):
        if rest == "body":
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        else:
            writer.write(CHUNKED + b"0\r\nX-A: ")
        await reader.readuntil(b"ok")
        with pytest.raises(ConnectionError):
            await keep_sending(writer)


async def test_a_body_that_ends_after_its_answer_leaves_the_connection_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "HEADERS_TIMEOUT_S", 0.2)
    async with connection() as (reader, writer), asyncio.timeout(5):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
        await reader.readuntil(b"ok")
        writer.write(b"cd" + GET)
        await reader.readuntil(b"ok")
        await asyncio.sleep(0.3)
        writer.write(GET)
        await reader.readuntil(b"ok")
