"""Signing in while the database cannot: told to come back, by a problem like any other, and back by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio
from sqlalchemy.engine import make_url

from services.kit.database import asyncpg_arguments
from tests.gateway.conftest import MakeGateway, RunningGateway

FULL = """
    CREATE FUNCTION gateway.no_space() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON gateway.{table} FOR EACH ROW
        EXECUTE FUNCTION gateway.no_space()"""


@pytest_asyncio.fixture
async def owner(make_gateway: MakeGateway) -> AsyncIterator[tuple[RunningGateway, Any]]:
    gateway = await make_gateway()
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.owner))
    yield gateway, connection
    await connection.close()


async def sign_ins(gateway: RunningGateway) -> list[tuple[int, str, str]]:
    """Status, code and Retry-After of a person's and a system's sign-in."""
    users, clients = gateway.credentials["users"], gateway.credentials["clients"]
    body = {"username": "consulta", "password": users["consulta"]}
    form = {
        "grant_type": "client_credentials",
        "client_id": "sys-azuay",
        "client_secret": clients["sys-azuay"],
    }
    answers = [
        await gateway.call("POST", "/api/v1/auth/login", json=body),
        await gateway.call("POST", "/api/v1/auth/token", data=form),
    ]
    return [(status, answer.get("code", ""), headers.get("retry-after", "")) for status, headers, answer in answers]


async def test_signing_in_with_a_full_disk_is_told_to_come_back(owner: tuple[RunningGateway, Any]) -> None:
    gateway, connection = owner

    for table in ("login_failures", "sessions", "audit_events"):
        await connection.execute(FULL.format(table=table))
        person, system = await sign_ins(gateway)
        await connection.execute(f"DROP TRIGGER no_space ON gateway.{table}; DROP FUNCTION gateway.no_space()")

        assert person == (503, "storage-unavailable", "30"), table
        assert system == ((200, "", "") if table == "sessions" else person), table

    assert [status for status, _, _ in await sign_ins(gateway)] == [200, 200]


async def test_signing_in_with_a_database_that_only_reads_is_told_to_come_back(
    owner: tuple[RunningGateway, Any],
) -> None:
    gateway, connection = owner
    name = make_url(gateway.database.owner).database

    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await hang_up_on_everybody(connection)
    seen = [answer for _ in range(3) for answer in await sign_ins(gateway)]
    await connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await hang_up_on_everybody(connection)
    after = [answer for _ in range(3) for answer in await sign_ins(gateway)]

    assert {status for status, _, _ in seen} == {503}
    assert seen[-1] == (503, "storage-unavailable", "30")
    assert {status for status, _, _ in after} <= {200, 503}
    assert [status for status, _, _ in after[-2:]] == [200, 200]


async def test_signing_in_while_nobody_may_connect_is_told_to_come_back(owner: tuple[RunningGateway, Any]) -> None:
    gateway, connection = owner
    name = make_url(gateway.database.owner).database

    await connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    await hang_up_on_everybody(connection)
    seen = [answer for _ in range(3) for answer in await sign_ins(gateway)]
    await connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
    after = [answer for _ in range(3) for answer in await sign_ins(gateway)]

    assert {(status, code) for status, code, _ in seen} == {(503, "unavailable")}
    assert all(wait.isdigit() for _, _, wait in seen)
    assert [status for status, _, _ in after[-2:]] == [200, 200]


async def hang_up_on_everybody(connection: Any) -> None:
    await connection.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    )
