"""Who hangs up in the middle of a body is no error of the service."""

from __future__ import annotations

import logging

import pytest
from fastapi import FastAPI, Request
from starlette.types import Message, Receive, Scope, Send

from services.kit.edge import Edge

ready = FastAPI()
ready.state.ready = True


async def take(scope: Scope, receive: Receive, send: Send) -> None:
    await Request(scope, receive, send).body()


async def test_a_caller_who_hangs_up_is_told_apart_from_an_error(caplog: pytest.LogCaptureFixture) -> None:
    arriving: list[Message] = [
        {"type": "http.request", "body": b'{"ro', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return arriving.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/things",
        "query_string": b"",
        "headers": [],
        "app": ready,
    }
    with caplog.at_level(logging.INFO, "iesspr.request"):
        await Edge(take, service="things", max_body_bytes=1000)(scope, receive, send)

    assert sent == []
    assert [(r.levelname, r.getMessage(), r.__dict__.get("status")) for r in caplog.records] == [
        ("INFO", "request", 499)
    ]
