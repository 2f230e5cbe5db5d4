"""The server's extension for whole answers says, byte for byte, what the two messages of plain ASGI would have said."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kit.whole import sender_of, without_sender
from tests.platform.test_protocol import connection

BODY = b"x" * 200_000
LENGTH = (b"content-length", str(len(BODY)).encode())
ANSWERS: dict[str, tuple[int, list[tuple[bytes, bytes]], bytes]] = {
    "a body": (200, [LENGTH, (b"content-type", b"text/plain"), (b"vary", b"Accept"), (b"vary", b"Origin")], BODY),
    "an empty body": (200, [(b"content-length", b"0")], b""),
    "no content": (204, [(b"x-a", b"b")], b""),
    "not modified": (304, [(b"etag", b'"a"')], b""),
    "a refusal": (422, [(b"content-length", b"2")], b"{}"),
}


def in_two_messages(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return application


def in_one_step(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        send_whole = sender_of(scope)
        assert send_whole is not None
        await send_whole(status, headers, b"" if scope["method"] == "HEAD" else body)

    return application


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.1\r\nhost: a\r\n", b"HEAD / HTTP/1.1\r\nhost: a\r\n", b"GET / HTTP/1.0\r\n"]
)
async def test_both_ways_write_the_same_bytes(name: str, request_line: bytes) -> None:
    said = []
    for way in (in_two_messages, in_one_step):
        async with connection(way(*ANSWERS[name])) as (reader, writer):
            writer.write(request_line + b"connection: close\r\n\r\n")
            said.append(await asyncio.wait_for(reader.read(), 10))

    assert said[0] == said[1]
    assert said[0].startswith(b"HTTP/1.1 %d " % ANSWERS[name][0])


async def test_a_connection_serves_what_was_asked_in_one_piece_in_its_order() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        send_whole, number = sender_of(scope), scope["path"].encode()
        assert send_whole is not None
        await asyncio.sleep(0.02 if number == b"/1" else 0)
        await send_whole(200, [(b"content-length", b"2")], number)

    async with connection(application) as (reader, writer):
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nhost: a\r\n\r\n" % number for number in (1, 2, 3)))
        bodies = [(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n/%d" % n), 10))[-2:] for n in (1, 2, 3)]

    assert bodies == [b"/1", b"/2", b"/3"]


async def test_a_reader_who_stops_reading_holds_up_his_own_answers_only_and_no_memory() -> None:
    begun = 0

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal begun
        begun += 1
        send_whole = sender_of(scope)
        assert send_whole is not None
        await send_whole(200, [(b"content-length", b"4000000")], b"y" * 4_000_000)

    async with connection(application) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n" * 20)
        await asyncio.sleep(0.1)
        held = begun
        for _ in range(20):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert len(await asyncio.wait_for(reader.readexactly(4_000_000), 10)) == 4_000_000

    assert held < 20
    assert begun == 20


async def test_an_answer_is_sent_once() -> None:
    raised: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        send_whole = sender_of(scope)
        assert send_whole is not None
        await send_whole(200, [(b"content-length", b"2")], b"ok")
        try:
            await send_whole(200, [(b"content-length", b"2")], b"no")
        except RuntimeError as error:
            raised.append(str(error))

    async with connection(application) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        said = await asyncio.wait_for(reader.read(), 10)

    assert said.count(b"HTTP/1.1") == 1
    assert said.endswith(b"ok")
    assert raised == ["an answer has begun"]


def test_whoever_must_see_every_message_takes_the_extension_away() -> None:
    scope = {"type": "http", "extensions": {"iesspr.whole": {"send": object()}, "other": {}}}

    assert sender_of(scope) is not None
    assert sender_of(without_sender(scope)) is None
    assert without_sender(scope)["extensions"] == {"other": {}}
    assert sender_of({"type": "http"}) is None
