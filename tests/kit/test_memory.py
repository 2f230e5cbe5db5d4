"""Remembered answers: never stale after a write, never another caller's, always honest about 304."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import asyncpg
import httpx
import pytest_asyncio
from fastapi import FastAPI, Request, Response

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant, Requires
from services.kit.answers import answer
from services.kit.app import build_app
from services.kit.clock import FixedClock
from services.kit.database import Database, Reader, asyncpg_arguments
from services.kit.memory import Memory, once_a_revision
from services.kit.problems import Unauthorized
from services.kit.routing import router
from services.kit.writing import Event, seal
from tests.kit.apps import client_of, settings

reading = router(tags=["reading"])
computed: list[str] = []
asked: list[str] = []


@reading.get("/counts")
async def count_events(request: Request, reader: Reader, caller: Annotated[Caller, Requires("a", "b")]) -> Response:
    computed.append(caller.subject)
    events = await reader.fetchval("SELECT count(*) FROM orgchart.events")
    reach = "a" if caller.may("a") else "b"
    return answer(request, f'{{"events":{events},"reach":"{reach}","day":"{request.app.state.clock.today()}"}}')


@reading.get("/counts/of-the-revision")
async def count_once(request: Request, reader: Reader, caller: Annotated[Caller, Requires("a", "b")]) -> Response:
    async def ask() -> int:
        asked.append(caller.subject)
        found: int = await reader.fetchval("SELECT count(*) FROM orgchart.events")
        return found

    return answer(request, f'{{"events":{await once_a_revision("events", ask)}}}')


class ByPermission:
    """`Bearer <subject>:<permission>`, remembered from the first call on."""

    async def __call__(self, request: Request) -> Caller:
        found = self.remembered(request.headers.get("authorization", ""))
        if found is None:
            raise Unauthorized
        return found

    def remembered(self, authorization: str) -> Caller | None:
        subject, _, permission = authorization.removeprefix("Bearer ").partition(":")
        grants = (Grant(frozenset({permission}), "IESS", subtree=True),)
        return Caller(subject, "user", subject, grants) if permission else None


@pytest_asyncio.fixture
async def app(orgchart_db: DatabaseUrls) -> AsyncIterator[FastAPI]:
    clock = FixedClock(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    app = build_app(
        "orgchart", "Prueba", settings(orgchart_db.app), routers=[reading], authenticate=ByPermission(),
        remembered=frozenset({"counts"}), clock=clock,
    )  # fmt: skip
    app.state.ready = True
    await app.state.database.open()
    computed.clear()
    yield app
    await app.state.database.close()


async def get(app: FastAPI, who: str = "ana:a", **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get("/api/v1/counts", headers={"Authorization": f"Bearer {who}", **headers})


async def write(app: FastAPI) -> None:
    async with app.state.database.sessions() as session, session.begin():
        from services.kit.database import raw

        await seal(await raw(session), "orgchart", now=app.state.clock.now(), events=[Event("t", "s", {})])


async def test_an_unchanged_answer_is_computed_once(app: FastAPI) -> None:
    first, second = await get(app), await get(app)

    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    assert computed == ["ana"]


async def test_a_write_is_seen_by_the_very_next_read(app: FastAPI) -> None:
    await get(app)
    await write(app)

    assert (await get(app)).json()["events"] == 1


async def test_what_many_answers_need_is_asked_once_for_as_long_as_nothing_changes(app: FastAPI) -> None:
    asked.clear()

    async def events(who: str) -> int:
        async with client_of(app) as client:
            answered = await client.get("/api/v1/counts/of-the-revision", headers={"Authorization": f"Bearer {who}"})
        return int(answered.json()["events"])

    before = [await events(who) for who in ("ana:a", "luis:b")]
    await write(app)
    after = [await events(who) for who in ("luis:b", "ana:a")]

    assert asked == ["ana", "luis"]
    assert before == [after[0] - 1] * 2
    assert after[0] == after[1]


async def test_outside_of_a_reading_it_is_asked_every_time() -> None:
    answers = iter((1, 2))

    async def ask() -> int:
        return next(answers)

    assert [await once_a_revision("number", ask), await once_a_revision("number", ask)] == [1, 2]


async def test_callers_with_other_reach_never_share_an_answer(app: FastAPI) -> None:
    a, b = await get(app, "ana:a"), await get(app, "berta:b")

    assert (a.json()["reach"], b.json()["reach"]) == ("a", "b")
    assert (await get(app, "")).status_code == 401


async def test_an_answer_that_depends_on_the_day_ends_with_the_day(app: FastAPI) -> None:
    before = await get(app)
    app.state.clock.advance(timedelta(days=1))

    assert (await get(app)).json()["day"] != before.json()["day"]


async def test_a_remembered_answer_gives_304_to_who_has_it(app: FastAPI) -> None:
    etag = (await get(app)).headers["etag"]

    fresh = await get(app, **{"If-None-Match": etag})
    stale = await get(app, **{"If-None-Match": '"other"'})

    assert (fresh.status_code, fresh.content, fresh.headers["etag"]) == (304, b"", etag)
    assert "content-length" not in fresh.headers or fresh.headers["content-length"] == "0"
    assert (stale.status_code, stale.headers["etag"]) == (200, etag)


async def test_who_asks_only_whether_it_changed_has_the_answer_remembered_too(app: FastAPI) -> None:
    etag = (await get(app)).headers["etag"]
    app.state.memory.clear()  # as after a restart
    computed.clear()

    first, second = [await get(app, **{"If-None-Match": etag}) for _ in range(2)]
    whole = await get(app)

    assert (first.status_code, first.content, first.headers["etag"]) == (304, b"", etag)
    assert "content-type" not in first.headers
    assert (second.status_code, whole.status_code, whole.json()["events"]) == (304, 200, 0)
    assert computed == ["ana"]


async def test_a_change_of_the_organisation_is_a_new_revision(plans_db: DatabaseUrls) -> None:
    memory = Memory("plans", frozenset({"objectives"}), replica=True)
    writer, database = await asyncpg.connect(**asyncpg_arguments(plans_db.app)), Database(plans_db.app, service="plans")
    await database.open()
    before = await memory.revision(database)
    await writer.execute("INSERT INTO plans.org_cursor VALUES ('orgchart', 7, '2026-11-22')")
    after = await memory.revision(database)
    await writer.execute("UPDATE plans.org_cursor SET closure_on = '2026-11-23'")
    next_day = await memory.revision(database)
    await database.close()
    await writer.close()

    assert len({before, after, next_day}) == 3
