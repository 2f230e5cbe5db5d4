"""Slow-down after failed sign-ins, then a stop. Counted by name, existing or not, so that it tells nobody apart.

Who fails is slowed down at the address it fails from. Failures from everywhere count together too, with more patience,
and against addresses only that the name has never signed in from: guessing from many addresses meets a stop, and
nobody else's guesses keep an owner out at the usual one.

An attempt counts as failed until it has succeeded: guesses sent in parallel cannot all pass the check at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.problems import TooManyFailures
from services.kit.database import Connection

FREE: Final = 10
FREE_EVERYWHERE: Final = 100
UNTIL_STOP: Final = 10
STOP: Final = timedelta(minutes=15)
FORGET: Final = timedelta(hours=24)
KNOWN: Final = timedelta(days=90)
# In place of a number of failures: an address that the name has signed in from.
_IS_KNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Place:
    """A name as it was typed, and the address it was typed at. What is typed is sometimes a password: see `key`."""

    name: str
    address: str

    def key(self, kind: str) -> bytes:
        """Only a digest is kept. kind: `everywhere`, `here` or `known`."""
        name = hashlib.sha256(self.name.strip().lower().encode()).digest()
        where = b"" if kind == "everywhere" else hashlib.sha256(self.address.encode()).digest()
        return hashlib.sha256(kind.encode() + name + where).digest()


def pause_after(failures: int, free: int = FREE) -> timedelta:
    """Nothing for the first `free` failures, then 1, 2, 4 … seconds, and STOP from UNTIL_STOP more on."""
    if failures <= free:
        return timedelta()
    return STOP if failures >= free + UNTIL_STOP else timedelta(seconds=2 ** (failures - free - 1))


def is_stopped(failures: int) -> bool:
    """So many failures at one address end in a stop."""
    return failures >= FREE + UNTIL_STOP


async def begin_attempt(connection: Connection, place: Place, now: datetime) -> int:
    """Counts an attempt. Returns the failures there are at this address unless it succeeds.

    Raises TooManyFailures with Retry-After while the name is blocked here, or everywhere and this place is not known.
    """
    is_known = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM gateway.login_failures WHERE name_digest = $1 AND last_at > $2)",
        place.key("known"),
        now - KNOWN,
    )
    here = await _counted(connection, place.key("here"), FREE, now)
    if not is_known:
        await _counted(connection, place.key("everywhere"), FREE_EVERYWHERE, now)
    if place.key("here")[0] == 0:  # one in so many: what nobody asks about any more does not pile up
        await connection.execute(
            "DELETE FROM gateway.login_failures WHERE last_at < CASE failures WHEN $1 THEN $2 ELSE $3::timestamptz END",
            _IS_KNOWN,
            now - KNOWN,
            now - FORGET,
        )
    return here


async def _counted(connection: Connection, key: bytes, free: int, now: datetime) -> int:
    row = await connection.fetchrow(
        """INSERT INTO gateway.login_failures AS f (name_digest, failures, last_at, blocked_until)
           VALUES ($1, 0, $2, $3) ON CONFLICT (name_digest) DO UPDATE SET name_digest = excluded.name_digest
           RETURNING failures, last_at, blocked_until""",
        key,
        now,
        _blocked_until(0, free, now),
    )
    if row is None:
        raise RuntimeError("an upsert always returns its row")
    if row["blocked_until"] > now:
        seconds = int((row["blocked_until"] - now).total_seconds()) + 1
        raise TooManyFailures(headers={"Retry-After": str(seconds)})
    failures: int = 1 + (row["failures"] if row["last_at"] > now - FORGET else 0)
    await connection.execute(
        """UPDATE gateway.login_failures SET failures = $2, last_at = $3, blocked_until = $4
           WHERE name_digest = $1""",
        key,
        failures,
        now,
        _blocked_until(failures, free, now),
    )
    return failures


def _blocked_until(failures: int, free: int, now: datetime) -> datetime:
    """Long past without a pause: attempts that run together have slightly different ideas of now."""
    pause = pause_after(failures, free)
    return now + pause if pause else now - FORGET


async def succeed(connection: Connection, place: Place, now: datetime) -> None:
    """The attempt was no failure: forgotten here, taken off the count everywhere. The place is known from now on."""
    await connection.execute("DELETE FROM gateway.login_failures WHERE name_digest = $1", place.key("here"))
    await connection.execute(
        """UPDATE gateway.login_failures SET failures = greatest(failures - 1, 0) WHERE name_digest = $1
           AND NOT EXISTS (SELECT 1 FROM gateway.login_failures WHERE name_digest = $2)""",
        place.key("everywhere"),
        place.key("known"),
    )
    await connection.execute(
        """INSERT INTO gateway.login_failures (name_digest, failures, last_at, blocked_until) VALUES ($1, $2, $3, $3)
           ON CONFLICT (name_digest) DO UPDATE SET last_at = excluded.last_at""",
        place.key("known"),
        _IS_KNOWN,
        now,
    )
