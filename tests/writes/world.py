"""A world of its own for writing: people of every role, each standing in for somebody, and a way to make a commit fail.

Nobody here holds a grant on the institution but by an appointment: `oficina` acts for `oficina.titular`, so that
every row of the trail must say for whom. Systems act in their own right.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import msgspec
from aiohttp import web

from services.indicators.summaries.following import stop_following
from services.kit.database import asyncpg_arguments
from services.orgchart.reorganizations.acknowledging import stop_acknowledging
from tests.conftest import TestServer
from tests.gateway.matrix.filling import Operation, operations
from tests.gateway.matrix.running import merged_description
from tests.gateway.matrix.world import World, running_world
from tests.gateway.oidc_provider import REDIRECT, SECRET, Provider, application
from tests.gateway.serving import free_socket
from tests.writes.example import Call

SERVICES: Final = ("gateway", "orgchart", "plans", "indicators")
BY_MATCH: Final = ("PUT", "PATCH", "DELETE")
FOLLOWERS: Final = ("gateway", "plans", "indicators")
ADMIN, OFFICE, AUTHORITY, OWNER, REPORTER, AUDITOR = "admin", "oficina", "direccion", "planifica", "reporta", "audita"
# Whoever holds nothing but the reading of everything: may change nothing.
STRANGER: Final = AUDITOR
# Who stands in for somebody, and the role of that somebody.
PEOPLE: Final = {
    ADMIN: "administrator",
    OFFICE: "methodologist",
    AUTHORITY: "authority",
    OWNER: "plan_owner",
    REPORTER: "reporter",
    AUDITOR: "auditor",
}
SYSTEMS: Final = {"budget": "sys.budget", "people": "sys.people", "measurements": "sys.measurements"}
PASSWORD: Final = "Cordillera-nublada-47"
# The request ids whose transactions do not commit.
DOOMED: Final = "doomed-"
WHY_IT_FAILED: Final = "the disk is full"


@dataclass
class Writers:
    """The world, and what the examples need of it. described: operations; previewed: those that take dry_run."""

    world: World
    folder: Path
    provider: Provider
    connections: dict[str, Any]
    described: frozenset[str] = frozenset()
    previewed: frozenset[str] = frozenset()
    _numbers: Any = field(default_factory=lambda: count(1))

    def number(self) -> int:
        """One that no example had yet."""
        number: int = next(self._numbers)
        return number

    @property
    def context(self) -> Any:
        return self.world.apps["gateway"].api.state.context

    @property
    def today(self) -> Any:
        return self.world.apps["plans"].state.clock.today()

    def token(self, subject: str) -> str:
        """Signed anew each time: the keys are rotated here too."""
        kind = "client" if subject in SYSTEMS.values() else "user"
        token: str = self.context.tokens.outer(subject, kind, None)
        return token

    async def send(
        self,
        call: Call,
        method: str,
        *,
        key: str | None = None,
        request_id: str | None = None,
        match: str | None = "*",
    ) -> tuple[int, dict[str, str], bytes]:
        """match: what If-Match says, where the method asks for it."""
        headers = {"X-Request-Id": request_id or str(uuid4())}
        if key is not None:
            headers["Idempotency-Key"] = key
        if method in BY_MATCH and match is not None:
            headers["If-Match"] = match
        token = call.token or (self.token(call.who) if call.who is not None else None)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = call.body if isinstance(call.body, bytes) or call.body is None else msgspec.json.encode(call.body)
        if data is not None:
            headers["Content-Type"] = call.kind
        url = self.world.url + call.path
        async with self.world.http.request(method, url, headers=headers, data=data) as answer:
            return answer.status, {n.lower(): v for n, v in answer.headers.items()}, await answer.read()

    async def do(self, who: str | None, method: str, path: str, body: Any = None, **rest: Any) -> Any:
        """A step on the way to an example. Fails unless it succeeds; returns the answer's body."""
        call = Call(who, "/api/v1" + path, body, **rest)
        status, _, content = await self.send(call, method, key=str(uuid4()) if method == "POST" else None)
        assert status < 300, f"{method} {path} as {who}: {status} {content.decode()[:800]}"
        return msgspec.json.decode(content) if content else None

    async def post(self, who: str | None, path: str, body: Any = None, **rest: Any) -> Any:
        return await self.do(who, "POST", path, body, **rest)

    async def run(self, service: str, sql: str, *arguments: Any) -> list[Any]:
        return list(await self.connections[service].fetch(sql, *arguments))

    async def settled(self) -> None:
        """Returns when every follower of the organisation has taken in what was published."""
        [[head]] = await self.run("orgchart", "SELECT coalesce(max(position), 0) FROM orgchart.events")
        for _ in range(2_000):
            cursors = [await self.run(name, f"SELECT position FROM {name}.org_cursor") for name in FOLLOWERS]
            if all(position >= head for [[position]] in cursors):
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("somebody does not follow the organisation")

    async def write_refusals_down(self, service: str) -> None:
        """Those that a service has collected."""
        app = self.world.apps[service]
        await (app.api if service == "gateway" else app).state.turned_away.flush()
        if service == "gateway":
            await app.api.state.refusals.flush()

    def files(self) -> dict[str, str]:
        """What lies on disk: the keys."""
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in self.folder.glob("*.json")}


@asynccontextmanager
async def writing_world(postgres: TestServer, folder: Path) -> AsyncIterator[Writers]:
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(_provider())
        world = await stack.enter_async_context(
            running_world(
                postgres,
                folder,
                oidc_issuer=provider.issuer,
                oidc_client_secret=SECRET,
                oidc_redirect_uri=REDIRECT,
                password_memory_kib=1024,
                password_rounds=1,
            )
        )
        # What counts and computes in the background would write beside the calls that are looked at.
        await stop_following(world.apps["indicators"])
        await stop_acknowledging(world.apps["orgchart"])
        connections = {}
        for name in SERVICES:
            connections[name] = await asyncpg.connect(**asyncpg_arguments(world.databases[name].owner))
            stack.push_async_callback(connections[name].close)
            await connections[name].execute(_fails_at_commit(name))
        writers = Writers(world, folder, provider, connections)
        described = operations(await merged_description(world))
        writers.described = frozenset(operation.name for operation in described)
        writers.previewed = frozenset(operation.name for operation in described if _takes_a_dry_run(operation))
        await _add_people(writers)
        await writers.settled()
        yield writers


def _takes_a_dry_run(operation: Operation) -> bool:
    return any(parameter["name"] == "dry_run" for parameter in operation.description.get("parameters", ()))


def _fails_at_commit(schema: str) -> str:
    """A constraint that is looked at when all is done, and refuses: the latest moment at which a write can fail."""
    return f"""
        CREATE FUNCTION {schema}.refuse_to_commit() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{WHY_IT_FAILED}'; END $$;
        CREATE CONSTRAINT TRIGGER refuse_to_commit AFTER INSERT ON {schema}.audit_events
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.request_id LIKE '{DOOMED}%')
            EXECUTE FUNCTION {schema}.refuse_to_commit()"""


async def _add_people(writers: Writers) -> None:
    number = 950_000
    accounts: list[tuple[int, str, str]] = []
    grants: list[tuple[int, str, str]] = []
    for subject, role in PEOPLE.items():
        accounts += [(number, "user", f"{subject}.titular"), (number + 1, "user", subject)]
        grants.append((number, role, ""))
        number += 2
    for feed, subject in SYSTEMS.items():
        accounts.append((number, "client", subject))
        grants.append((number, "integrator", feed))
        number += 1
    gateway = writers.connections["gateway"]
    async with gateway.transaction():
        await gateway.executemany(
            """INSERT INTO gateway.accounts (id, kind, subject, name, status, created_at, created_by, updated_at,
                   version) VALUES ($1, $2, $3, $3, 'active', now(), 'test', now(), 1)""",
            accounts,
        )
        await gateway.executemany(
            """INSERT INTO gateway.grants (id, account_id, role, feed, dependencia, subtree, valid_from, source,
                   granted_by, granted_at, version)
               VALUES ($1, $1, $2, $3, 'IESS', true, '2019-01-01', 'manual', 'test', now(), 1)""",
            grants,
        )
        await gateway.executemany(
            """INSERT INTO gateway.appointments (id, version, subject, in_place_of, dependencia, kind, valid_from)
               VALUES (gen_random_uuid(), 1, $1, $1 || '.titular', 'IESS', 'acting', '2019-01-01')""",
            [(subject,) for subject in PEOPLE],
        )
        await gateway.execute("UPDATE gateway.access_stamp SET version = version + 1")


@asynccontextmanager
async def _provider() -> AsyncIterator[Provider]:
    """The institution's OpenID Connect provider, in this process."""
    listening, url = free_socket()
    provider = Provider(url)
    runner = web.AppRunner(application(provider))
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield provider
    finally:
        await runner.cleanup()
