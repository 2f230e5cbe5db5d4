"""What the database cannot do now is no bug and not the caller's fault: 503, and how long to wait, on every service."""

from __future__ import annotations

import errno
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy.exc import DBAPIError

from services.kit.access import Public
from services.kit.outages import database_problem
from services.kit.routing import router
from tests.kit.apps import client_of, make_app

NOT_THERE = (
    "08000", "08003", "08006", "53300", "53400", "57014", "57P01", "57P02", "57P03", "57P04", "40001", "40P01", "55P03",
)  # fmt: skip
NOT_STORED = ("53000", "53100", "53200", "25006", "58000", "58030")


def failure(sqlstate: str) -> BaseException:
    """As asyncpg makes it of what the server said."""
    made: BaseException = asyncpg.PostgresError.new({"C": sqlstate, "M": "could not extend file: No space left"})
    return made


def wrapped(cause: BaseException) -> DBAPIError:
    """As SQLAlchemy passes it on."""
    driver = RuntimeError("the dialect's own class")
    driver.__cause__ = cause
    return DBAPIError("INSERT INTO secret", {}, driver)


def failing(error: BaseException) -> APIRouter:
    features = router(tags=["things"])

    @features.post("/things", dependencies=[Public])
    async def create_thing() -> None:
        raise error

    return features


async def answer_to(error: BaseException) -> tuple[httpx.Response, dict[str, Any]]:
    async with client_of(make_app([failing(error)])) as client:
        response = await client.post("/api/v1/things")
    return response, response.json()


@pytest.mark.parametrize("sqlstate", NOT_THERE)
async def test_a_database_that_does_not_answer_now_is_asked_again_later(sqlstate: str) -> None:
    for error in (failure(sqlstate), wrapped(failure(sqlstate))):
        response, problem = await answer_to(error)

        assert (response.status_code, problem["code"]) == (503, "unavailable")
        assert response.headers["retry-after"].isdigit()


@pytest.mark.parametrize("sqlstate", NOT_STORED)
async def test_a_database_that_cannot_store_is_said_to_be_so(sqlstate: str) -> None:
    for error in (failure(sqlstate), wrapped(failure(sqlstate))):
        response, problem = await answer_to(error)

        assert (response.status_code, problem["code"]) == (503, "storage-unavailable")
        assert response.headers["retry-after"].isdigit()
        assert "extend file" not in response.text
        assert "INSERT" not in response.text


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        ConnectionResetError(errno.ECONNRESET, "reset"),
        FileNotFoundError(errno.ENOENT, "no such socket"),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InterfaceError("cannot perform operation: connection was closed in the middle of operation"),
    ],
    ids=repr,
)
async def test_a_lost_connection_is_no_bug(error: BaseException) -> None:
    response, problem = await answer_to(error)

    assert (response.status_code, problem["code"]) == (503, "unavailable")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
async def test_a_full_disk_under_a_file_is_like_one_under_the_database(number: int) -> None:
    response, problem = await answer_to(OSError(number, "write"))

    assert (response.status_code, problem["code"]) == (503, "storage-unavailable")


@pytest.mark.parametrize(
    "error",
    [
        failure("42P01"),
        failure("23505"),
        asyncpg.InterfaceError("another operation is in progress"),
        FileNotFoundError(errno.ENOENT, "no such file", "/etc/secret"),
        PermissionError(errno.EACCES, "denied"),
    ],
    ids=repr,
)
async def test_a_bug_stays_a_bug(error: BaseException) -> None:
    assert database_problem(error) is None

    response, problem = await answer_to(error)

    assert (response.status_code, problem["code"]) == (500, "internal-error")
