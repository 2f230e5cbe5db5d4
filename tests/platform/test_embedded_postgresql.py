"""The embedded server in the places and situations it will meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from iesspr.postgres import (
    OWNER,
    BinariesMissing,
    PostgresServer,
    create_databases,
    database_url,
    find_binaries,
)
from iesspr.postgres.server import _works_in
from services.kit.database import asyncpg_arguments
from tests.conftest import PASSWORDS, TestServer


def make_server(root: Path) -> PostgresServer:
    root.mkdir(parents=True, exist_ok=True)
    return PostgresServer(root / "postgres", password=PASSWORDS[OWNER], log_path=root / "postgres.log", durable=False)


def run_program(program: str) -> int:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run([sys.executable, "-c", program], cwd=root, timeout=60).returncode


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "folder",
    ["with a space", "x" * 120, "quote ' , comma % and ñ"],
    ids=["a space", "longer than a socket's path may be", "what addresses split or unquote"],
)
async def test_it_starts_wherever_its_folder_is(tmp_path: Path, folder: str) -> None:
    server = make_server(tmp_path / folder)
    await server.start()

    try:
        await create_databases(server.socket_dir, PASSWORDS)
        answer = await ask(database_url(server.socket_dir, "plans_app", PASSWORDS["plans_app"], "plans"), "SELECT 1")
    finally:
        await server.stop()

    assert answer == 1
    assert not _works_in(server.data)


async def test_it_starts_again_over_the_lock_file_of_a_dead_one(tmp_path: Path) -> None:
    server = make_server(tmp_path)
    await server.start()
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    # The number in the lock file now belongs to a living process that is not PostgreSQL.
    lock_file = server.data / "postmaster.pid"
    lock_file.write_text(lock_file.read_text().replace(str(server.process.pid), str(os.getpid()), 1))

    await server.start()

    try:
        url = database_url(server.socket_dir, OWNER, PASSWORDS[OWNER], "postgres")
        assert await ask(url, "SELECT 1") == 1
    finally:
        await server.stop()


async def test_an_interrupted_first_start_is_finished_by_the_next(tmp_path: Path) -> None:
    server = make_server(tmp_path)
    server._make_folders()
    (server.data / "half").write_text("a cluster that was never finished")
    await server.start()

    try:
        await create_databases(server.socket_dir, PASSWORDS)
        owner = database_url(server.socket_dir, OWNER, PASSWORDS[OWNER], "postgres")
        await ask(owner, "REVOKE CONNECT ON DATABASE plans FROM plans_app")
        await create_databases(server.socket_dir, PASSWORDS)
        answer = await ask(database_url(server.socket_dir, "plans_app", PASSWORDS["plans_app"], "plans"), "SELECT 1")
    finally:
        await server.stop()

    assert answer == 1


async def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, pathlib
from tests.platform.test_embedded_postgresql import make_server
async def main():
    server = make_server(pathlib.Path({str(tmp_path)!r}))
    await server.start()
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""

    assert run_program(program) == -signal.SIGKILL

    await make_server(tmp_path)._wait_for_former_server(timeout_s=5)


async def test_an_application_role_enters_its_own_database_only(postgres: TestServer) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(postgres.url("orgchart", "plans_app"), "SELECT 1")


async def test_a_password_is_asked_for(postgres: TestServer) -> None:
    url = database_url(postgres.server.socket_dir, OWNER, "wrong", "plans")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(url, "SELECT 1")


def test_missing_programs_are_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))

    with pytest.raises(BinariesMissing, match="PG_BIN"):
        find_binaries()


async def test_text_is_compared_alike_on_every_machine(postgres: TestServer) -> None:
    owner = postgres.url("plans")

    assert await ask(owner, "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = 'plans'") == "C C"


async def test_its_log_holds_nothing_of_what_rows_hold(tmp_path: Path) -> None:
    server = make_server(tmp_path)
    await server.start()
    url = database_url(server.socket_dir, OWNER, PASSWORDS[OWNER], "postgres")
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    await connection.execute("CREATE TEMP TABLE persons (cedula text UNIQUE, year int)")
    await connection.execute("SET log_min_duration_statement = 0")

    try:
        await connection.execute("INSERT INTO persons VALUES ($1, 1)", "0102030418")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO persons VALUES ($1, 2)", "0102030418")
        with pytest.raises(asyncpg.PostgresError):
            await connection.copy_to_table("persons", source=iter_of(b"0102030418\tno year\n"))
    finally:
        await connection.close()
        await server.stop()

    text = server.log_path.read_text(errors="replace")
    assert "duplicate key" in text
    assert "0102030418" not in text


async def iter_of(data: bytes) -> AsyncIterator[bytes]:
    yield data
