"""Sessions: families of refresh tokens. Each token works once; a token that comes back kills its family.

Tokens are called by a name that only they hold. The session's own id is in the trail: whoever reads it there could
otherwise end the session, by sending it with any secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from gateway.grants.access import touch
from gateway.problems import InvalidGrantToken
from services.kit.database import Connection


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """idle: without a refresh; longest: refreshed or not."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Refreshed:
    subject: str
    session: UUID
    refresh_token: str


def digest(secret: str) -> bytes:
    """Refresh tokens are 256 random bits: a plain hash is enough to make a stolen table useless."""
    return hashlib.sha256(secret.encode()).digest()


async def start_session(
    connection: Connection, account_id: int, now: datetime, lifetimes: Lifetimes, issuer: str | None = None
) -> tuple[UUID, str]:
    """A new family: its id and first refresh token. issuer: the provider that vouched for who signs in."""
    session, name, secret = uuid4(), uuid4(), secrets.token_urlsafe(32)
    await connection.execute(
        """INSERT INTO gateway.sessions (id, account_id, refresh_digest, created_at, refreshed_at, expires_at,
               issuer, token_name)
           VALUES ($1, $2, $3, $4, $4, $5, $6, $7)""",
        session,
        account_id,
        digest(secret),
        now,
        now + lifetimes.idle,
        issuer,
        name,
    )
    return session, f"{name}.{secret}"


async def locked_session(connection: Connection, refresh_token: str) -> dict[str, Any]:
    """The session a refresh token names, locked, with `is_current`. Raises InvalidGrantToken when there is none."""
    text, _, secret = refresh_token.partition(".")
    try:
        name = UUID(text)
    except ValueError as error:
        raise InvalidGrantToken from error
    row = await connection.fetchrow(
        """SELECT s.id, s.token_name, s.refresh_digest, s.created_at, s.expires_at, s.ended_at, a.subject, a.status
           FROM gateway.sessions s JOIN gateway.accounts a ON a.id = s.account_id
           WHERE s.token_name = $1 FOR UPDATE OF s""",
        name,
    )
    if row is None:
        raise InvalidGrantToken
    return {**dict(row), "is_current": hmac.compare_digest(row["refresh_digest"], digest(secret))}


def is_alive(session: dict[str, Any], now: datetime) -> bool:
    return session["ended_at"] is None and session["expires_at"] > now and session["status"] == "active"


async def rotate(connection: Connection, session: dict[str, Any], now: datetime, lifetimes: Lifetimes) -> Refreshed:
    """The next refresh token of a living session."""
    secret = secrets.token_urlsafe(32)
    expires_at = min(now + lifetimes.idle, session["created_at"] + lifetimes.longest)
    await connection.execute(
        "UPDATE gateway.sessions SET refresh_digest = $2, refreshed_at = $3, expires_at = $4 WHERE id = $1",
        session["id"],
        digest(secret),
        now,
        expires_at,
    )
    return Refreshed(session["subject"], session["id"], f"{session['token_name']}.{secret}")


async def end_session(connection: Connection, session: UUID, now: datetime, because: str) -> bool:
    """Ends a family; its access tokens are refused from the next request on. False when it had ended already."""
    ended = await connection.fetchval(
        """UPDATE gateway.sessions SET ended_at = $2, ended_because = $3
           WHERE id = $1 AND ended_at IS NULL RETURNING true""",
        session,
        now,
        because,
    )
    if ended:
        await touch(connection)
    return bool(ended)


async def end_all(connection: Connection, account_id: int, now: datetime, because: str) -> None:
    await connection.execute(
        "UPDATE gateway.sessions SET ended_at = $2, ended_because = $3 WHERE account_id = $1 AND ended_at IS NULL",
        account_id,
        now,
        because,
    )
    await touch(connection)


async def end_those_of_providers(connection: Connection, account_id: int, now: datetime, because: str) -> None:
    """Ends the sessions that an identity elsewhere has made; those of the password go on."""
    await connection.execute(
        """UPDATE gateway.sessions SET ended_at = $2, ended_because = $3
           WHERE account_id = $1 AND ended_at IS NULL AND issuer IS NOT NULL""",
        account_id,
        now,
        because,
    )
    await touch(connection)
