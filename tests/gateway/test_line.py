"""The gateway's own HTTP client against services that answer oddly, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.proxy.body import Body
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.line import MOST_HELD, Broken
from gateway.proxy.request import head_of
from gateway.proxy.upstream import Upstream
from services.kit.problems import BadRequest, ContentTooLarge, InternalError
from tests.support.proofs import Says

pytestmark = pytest.mark.edge
GET = b"GET /x HTTP/1.1\r\nhost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Service:
    """Answers each request of a connection with the next of `answers`; None closes the connection instead."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.url = ""

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while self.answers:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                answer = self.answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
            else:
                await asyncio.sleep(30)
        except (asyncio.IncompleteReadError, ConnectionError):
            """The gateway hung up."""
        finally:
            writer.close()


@asynccontextmanager
async def upstream_of(service: Service) -> AsyncIterator[Upstream]:
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstream = Upstream("x", f"http://127.0.0.1:{port}", concurrency=4, queue=4, queue_wait_s=1)
    try:
        yield upstream
    finally:
        await upstream.close()
        server.close()


class Caller:
    """What comes back to whoever asked."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_ended = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def relay(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def send(self, message: Any) -> None:
        await self.gate.wait()
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.body += message["body"]
            self.is_ended = not message.get("more_body", False)


def body_of(*chunks: bytes, declared: int | None = None, limit: int = 1 << 20) -> Body:
    """A streamed body: of declared length, or chunked."""
    left = list(chunks)

    async def receive() -> Any:
        chunk = left.pop(0) if left else b""
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    length = {b"transfer-encoding": b"chunked"} if declared is None else {b"content-length": b"%d" % declared}
    return Body(length if chunks else {}, receive, limit=limit)


def scope_of(method: str = "GET") -> dict[str, Any]:
    return {"method": method, "raw_path": b"/x", "query_string": b""}


async def ask(upstream: Upstream, method: str = "GET", body: Body | None = None) -> Caller:
    caller, body = Caller(), body or body_of()
    head = head_of(scope_of(method), upstream.authority, upstream.base, [], body)
    await Exchange(upstream, method, head, body).run(Answer(caller.send, caller.relay))
    return caller


async def test_one_connection_serves_one_request_after_another() -> None:
    service = Service(OK, OK, OK)
    async with upstream_of(service) as upstream:
        answers = [await ask(upstream) for _ in range(3)]

    assert [(a.status, a.body, a.is_ended) for a in answers] == [(200, b"ok", True)] * 3
    assert service.connections == 1


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: a\r\nx: y\r\n\r\n"]
)
async def test_an_interim_answer_is_not_taken_for_the_answer(interim: bytes) -> None:
    async with upstream_of(Service(interim + OK)) as upstream:
        answer = await ask(upstream)

    assert (answer.status, answer.headers, answer.body) == (200, [(b"content-length", b"2")], b"ok")


@pytest.mark.parametrize("kind", [b"text/plain", b"text/html; charset=utf-8", b""])
async def test_an_error_of_a_service_that_is_no_problem_is_not_passed_on(kind: bytes) -> None:
    said = b"HTTP/1.1 500 X\r\ncontent-type: %b\r\ncontent-length: 9\r\n\r\nTraceback"
    async with upstream_of(Service(said % kind, OK)) as upstream:
        with pytest.raises(InternalError):
            await ask(upstream)
        assert (await ask(upstream)).body == b"ok"


async def test_an_error_of_a_service_that_is_a_problem_is_passed_on() -> None:
    said = b"HTTP/1.1 503 X\r\ncontent-type: application/problem+json\r\ncontent-length: 2\r\n\r\n{}"
    async with upstream_of(Service(said)) as upstream:
        answer = await ask(upstream)

    assert (answer.status, answer.body) == (503, b"{}")


BROKEN = {
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
    "a length beside chunks": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "no end": b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nok",
    "a status beyond all": b"HTTP/1.1 999 X\r\ncontent-length: 2\r\n\r\nok",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "another protocol": b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "a signed length": b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok",
    "a header with a bare end": b"HTTP/1.1 200 OK\r\nx: a\nset-x: b\r\ncontent-length: 2\r\n\r\nok\x00",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 40_000,
    "nothing at all": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "half a body": b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok",
    "half a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_no_whole_answer_is_never_passed_on_as_one(name: str, proof: Says) -> None:
    service = Service(BROKEN[name], None)
    caller = Caller()
    async with upstream_of(service) as upstream:
        body = body_of()
        head = head_of(scope_of("POST"), upstream.authority, upstream.base, [], body)
        running = asyncio.create_task(Exchange(upstream, "POST", head, body).run(Answer(caller.send, caller.relay)))
        await asyncio.sleep(0.05)
        service.hang_up()

        with pytest.raises(Broken):
            await running

    proof("edge: broken answer of a service that nobody took for a whole one")
    assert not caller.is_ended
    assert caller.body in (b"", b"ab")


@pytest.mark.parametrize("status", [b"304 Not Modified", b"204 No Content"])
async def test_an_answer_without_body_is_over_with_its_head(status: bytes) -> None:
    service = Service(b"HTTP/1.1 " + status + b"\r\ncontent-length: 5\r\n\r\n", OK)
    async with upstream_of(service) as upstream:
        first, second = await ask(upstream), await ask(upstream)

    assert (first.status, first.body, first.is_ended) == (int(status[:3]), b"", True)
    assert (second.body, service.connections) == (b"ok", 1)


async def test_a_head_request_is_over_with_the_head() -> None:
    async with upstream_of(Service(b"HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n")) as upstream:
        answer = await ask(upstream, "HEAD")

    assert (answer.status, answer.headers, answer.body) == (200, [(b"content-length", b"500000")], b"")


async def test_what_follows_an_answer_reaches_nobody_else() -> None:
    planted = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nplanted"
    service = Service(OK + planted, OK)
    async with upstream_of(service) as upstream:
        answers = [await ask(upstream), await ask(upstream)]

    assert [a.body for a in answers] == [b"ok", b"ok"]
    assert service.connections == 2


async def test_a_connection_that_speaks_unasked_is_not_used_again() -> None:
    service = Service(OK, OK)
    async with upstream_of(service) as upstream:
        line = await upstream.line()
        await line.ask(GET, is_head=False)
        line.take()
        upstream.give_back(line, is_reusable=True)
        line.get_buffer(-1)[:3] = b"abc"
        line.buffer_updated(3)
        await asyncio.sleep(0.01)

        answer = await ask(upstream)

    assert (answer.body, service.connections) == (b"ok", 2)


async def test_trailers_do_not_become_headers() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-user: admin\r\n\r\n"
    async with upstream_of(Service(chunked, OK)) as upstream:
        answer = await ask(upstream)

    assert (answer.headers, answer.body, answer.is_ended) == ([], b"ok", True)


async def test_a_reading_that_met_a_closed_connection_is_asked_again_and_a_write_is_not() -> None:
    for method, expected in (("GET", 3), ("POST", 2)):
        service = Service(OK, None, OK)
        async with upstream_of(service) as upstream:
            await ask(upstream, method)
            try:
                await ask(upstream, method)
            except Broken:
                assert method == "POST"

        assert len(service.requests) == expected, method


async def test_a_refusal_that_comes_before_the_body_has_ended_is_passed_on() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno"
    never = asyncio.Event()

    async def receive() -> Any:
        if not never.is_set():
            never.set()
            return {"type": "http.request", "body": b"x" * 1000, "more_body": True}
        return await asyncio.sleep(30)

    body = Body({b"content-length": b"900000"}, receive, limit=1 << 20)
    service = Service(refusal, OK)
    async with upstream_of(service) as upstream:
        answer = await asyncio.wait_for(ask(upstream, "POST", body), 5)
        again = await ask(upstream)

    assert (answer.status, answer.body) == (413, b"no")
    assert (again.body, service.connections) == (b"ok", 2), "a half-sent request must not be followed by another"


async def test_a_body_beyond_the_limit_cuts_the_connection_to_the_service() -> None:
    body = body_of(*[b"x" * 1000] * 20, limit=10_000)
    service = Service(b"", OK)
    async with upstream_of(service) as upstream:
        with pytest.raises(Broken):
            await ask(upstream, "POST", body)

    assert isinstance(body.trouble, ContentTooLarge)


async def test_a_reader_that_stops_makes_the_service_wait_too() -> None:
    size = 40 * MOST_HELD
    service = Service(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)
    async with upstream_of(service) as upstream:
        line = await upstream.line()
        await line.ask(GET, is_head=False)
        await asyncio.sleep(0.3)
        held = len(line.take())
        rest = [piece async for piece in line.pieces()]

    assert held <= 2 * MOST_HELD
    assert held + sum(map(len, rest)) == size


@pytest.mark.parametrize("value", [b"a\r\nX-User: admin", b"a\nb", b"a\rb", b"a\0b"])
def test_no_header_can_end_its_line(value: bytes) -> None:
    with pytest.raises(BadRequest):
        head_of(scope_of(), b"x", b"", [(b"accept", value)], body_of())


KINDS: dict[str, tuple[Callable[[], Body], bytes]] = {
    "none": (body_of, b"content-length: 0"),
    "declared": (lambda: body_of(b"x", declared=1), b"content-length: 1"),
    "streamed": (lambda: body_of(b"x"), b"transfer-encoding: chunked"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_says_once_how_long_its_body_is(kind: str) -> None:
    make, expected = KINDS[kind]

    lines = head_of(scope_of("POST"), b"x", b"", [], make()).split(b"\r\n")

    assert lines == [b"POST /x HTTP/1.1", b"host: x", expected, b"", b""]
