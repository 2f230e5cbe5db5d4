"""Slow-down after failed sign-ins, then a stop. Counted by name, existing or not, so that it tells nobody apart.

An attempt counts as failed until it has succeeded: guesses sent in parallel cannot all pass the check at once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from gateway.problems import TooManyFailures
from services.kit.database import Connection

FREE: Final = 10
HARD_STOP: Final = 20
STOP: Final = timedelta(minutes=15)
FORGET: Final = timedelta(hours=24)


def name_digest(name: str) -> bytes:
    """What is typed into a user field is sometimes a password: only its digest is kept."""
    return hashlib.sha256(name.strip().lower().encode()).digest()


def pause_after(failures: int) -> timedelta:
    """Nothing for the first FREE failures, then 1, 2, 4 … seconds, and STOP from HARD_STOP on."""
    if failures <= FREE:
        return timedelta()
    return STOP if failures >= HARD_STOP else timedelta(seconds=2 ** (failures - FREE - 1))


def blocked_until(failures: int, now: datetime) -> datetime:
    """Long past without a pause: attempts that run together have slightly different ideas of now."""
    pause = pause_after(failures)
    return now + pause if pause else now - FORGET


async def begin_attempt(connection: Connection, name: str, now: datetime) -> int:
    """Counts an attempt. Returns the failures there are unless it succeeds.

    Raises TooManyFailures with Retry-After while the name is blocked.
    """
    row = await connection.fetchrow(
        """INSERT INTO gateway.login_failures AS f (name_digest, failures, last_at, blocked_until)
           VALUES ($1, 0, $2, $3) ON CONFLICT (name_digest) DO UPDATE SET name_digest = excluded.name_digest
           RETURNING failures, last_at, blocked_until""",
        name_digest(name),
        now,
        blocked_until(0, now),
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
        name_digest(name),
        failures,
        now,
        blocked_until(failures, now),
    )
    return failures


async def forget_attempts(connection: Connection, name: str) -> None:
    await connection.execute("DELETE FROM gateway.login_failures WHERE name_digest = $1", name_digest(name))
