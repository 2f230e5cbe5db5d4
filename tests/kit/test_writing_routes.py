"""The write path of a route: committed before the answer leaves, once per key, nothing on failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest_asyncio
from fastapi import FastAPI, Request, Response
from starlette.types import Message

from iesspr.postgres import DatabaseUrls
from services.kit.access import Public
from services.kit.answers import created
from services.kit.database import Session, asyncpg_arguments, raw
from services.kit.idempotency import once
from services.kit.problems import Conflict
from services.kit.routing import router
from services.kit.writing import Event, seal
from tests.kit.apps import client_of, make_app

writing = router(tags=["writing"])


@writing.post("/notes", dependencies=[Public])
async def create_note(request: Request, session: Session) -> Response:
    connection = await raw(session)
    body = await request.body()
    now = request.app.state.clock.now()

    async def act() -> Response:
        position = await seal(connection, "orgchart", now=now, events=[Event("note", body.decode(), {})])
        if body == b"refuse":
            raise Conflict
        await asyncio.sleep(0.02)
        return created(f'{{"position":{position}}}', f"/api/v1/notes/{position}")

    return await once(connection, "orgchart", request, "tester", body, now, act)


@pytest_asyncio.fixture
async def app(orgchart_db: DatabaseUrls) -> AsyncIterator[FastAPI]:
    app = make_app([writing], orgchart_db.app)
    await app.state.database.open()
    yield app
    await app.state.database.close()


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def count(urls: DatabaseUrls) -> int:
    connection = await asyncpg.connect(**asyncpg_arguments(urls.app))
    rows: int = await connection.fetchval("SELECT count(*) FROM orgchart.events")
    await connection.close()
    return rows


async def test_the_row_is_committed_before_the_answer_leaves(app: FastAPI, orgchart_db: DatabaseUrls) -> None:
    visible_at_answer: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"hola", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            visible_at_answer.append(await count(orgchart_db))

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/notes", "raw_path": b"/api/v1/notes", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"test")], "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    await app(scope, receive, send)

    assert visible_at_answer == [1]


async def test_the_same_key_gives_the_same_answer_and_one_effect(
    client: httpx.AsyncClient, orgchart_db: DatabaseUrls
) -> None:
    headers = {"Idempotency-Key": "azuay-2019-01-a"}

    first = await client.post("/api/v1/notes", content="a", headers=headers)
    again = await client.post("/api/v1/notes", content="a", headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["location"]) == (first.content, first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await count(orgchart_db) == 1


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient, orgchart_db: DatabaseUrls) -> None:
    headers = {"Idempotency-Key": "k"}
    await client.post("/api/v1/notes", content="a", headers=headers)

    other = await client.post("/api/v1/notes", content="b", headers=headers)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await count(orgchart_db) == 1


async def test_racing_twins_have_one_effect(client: httpx.AsyncClient, orgchart_db: DatabaseUrls) -> None:
    headers = {"Idempotency-Key": "race"}

    answers = await asyncio.gather(*(client.post("/api/v1/notes", content="a", headers=headers) for _ in range(6)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"idempotency-in-progress"}
    assert await count(orgchart_db) == 1


async def test_a_refusal_leaves_nothing_and_the_key_free(client: httpx.AsyncClient, orgchart_db: DatabaseUrls) -> None:
    headers = {"Idempotency-Key": "k"}

    refused = await client.post("/api/v1/notes", content="refuse", headers=headers)
    taken = await client.post("/api/v1/notes", content="a", headers=headers)

    assert (refused.status_code, taken.status_code) == (409, 201)
    assert await count(orgchart_db) == 1


async def test_a_malformed_key_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/notes", content="a", headers={"Idempotency-Key": "con espacio"})

    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-invalid")
