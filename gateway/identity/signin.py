"""Signing in: by password, by client secret, by refresh token. Each outcome is in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.identity import second_factor
from gateway.identity.failures import Place, begin_attempt, is_stopped, succeed
from gateway.identity.passwords import Passwords
from gateway.identity.sessions import (
    Lifetimes,
    end_session,
    is_alive,
    locked_session,
    rotate,
    start_session,
)
from gateway.identity.tokens import Tokens
from gateway.problems import InvalidCredentials, InvalidGrantToken, SecondFactorRequired
from gateway.transactions import transaction
from gateway.vault import Vault
from services.kit.clock import Clock
from services.kit.database import Connection, Database
from services.kit.writing import Audit, digest, seal

SCHEMA = "gateway"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use cases of `auth/`. Answers are the bodies of the contract."""

    database: Database
    passwords: Passwords
    vault: Vault
    tokens: Tokens
    lifetimes: Lifetimes
    clock: Clock

    async def by_password(self, place: Place, password: str, otp: str | None, request_id: str) -> dict[str, Any]:
        """Raises InvalidCredentials, SecondFactorRequired, TooManyFailures."""
        account = await self._checked("user", place, password, request_id)
        if account["has_second_factor"]:
            await self._second_factor(account, otp, request_id)
        now = self.clock.now()
        async with transaction(self.database) as connection:
            await _lock_unchanged(connection, account)
            session, refresh_token = await start_session(connection, account["id"], now, self.lifetimes)
            await self._succeed(connection, now, place, account["subject"], request_id)
        return self._answer(account["subject"], "user", session, refresh_token)

    async def from_elsewhere(self, place: Place, otp: str | None, request_id: str) -> dict[str, Any]:
        """For an account whose identity the institution's provider has confirmed: in place of the password only.

        Raises InvalidCredentials, SecondFactorRequired, TooManyFailures.
        """
        now, subject = self.clock.now(), place.name
        async with transaction(self.database) as connection:
            await begin_attempt(connection, place, now)
        known = await self.database.pool.fetchrow(
            """SELECT id, subject, totp_confirmed_at IS NOT NULL AS has_second_factor FROM gateway.accounts
               WHERE subject = $1 AND status = 'active'""",
            subject,
        )
        if known is None:
            await self._fail(subject, subject, request_id)
            raise InvalidCredentials
        if known["has_second_factor"]:
            await self._second_factor(dict(known), otp, request_id)
        async with transaction(self.database) as connection:
            account = await connection.fetchval(
                "SELECT id FROM gateway.accounts WHERE subject = $1 AND status = 'active' FOR NO KEY UPDATE", subject
            )
            if account is None:
                raise InvalidCredentials
            await succeed(connection, place, now)
            session, refresh_token = await start_session(connection, account, now, self.lifetimes)
            audit = Audit(
                subject, "auth.signed-in", f"account:{subject}", request_id=request_id, detail={"by": "provider"}
            )
            await _note_sign_in(connection, subject, now)
            await seal(connection, SCHEMA, now=now, audit=[audit])
        return self._answer(subject, "user", session, refresh_token)

    async def refused_elsewhere(self, subject: str | None, name: str, request_id: str, reason: str) -> None:
        """Somebody whom the provider did not confirm, or confirmed as nobody here."""
        await self._fail(name, subject, request_id, reason)

    async def by_client_secret(self, place: Place, client_secret: str, request_id: str) -> dict[str, Any]:
        """A token without a session: a client signs in again instead of refreshing. Raises as by_password."""
        account = await self._checked("client", place, client_secret, request_id)
        async with transaction(self.database) as connection:
            await _lock_unchanged(connection, account)
            await self._succeed(connection, self.clock.now(), place, account["subject"], request_id)
        return self._answer(account["subject"], "client", None, None)

    async def by_refresh_token(self, refresh_token: str, request_id: str) -> dict[str, Any]:
        """The next pair of tokens. A token that was used before ends its whole family. Raises InvalidGrantToken."""
        now = self.clock.now()
        refreshed = None
        async with transaction(self.database) as connection:
            session = await locked_session(connection, refresh_token)
            if session["is_current"] and is_alive(session, now):
                refreshed = await rotate(connection, session, now, self.lifetimes)
                audit = Audit(session["subject"], "auth.refreshed", f"session:{session['id']}", request_id=request_id)
                await seal(connection, SCHEMA, now=now, audit=[audit])
            elif await end_session(connection, session["id"], now, _why_refused(session)):
                audit = Audit(
                    session["subject"],
                    "auth.session-ended",
                    f"session:{session['id']}",
                    request_id=request_id,
                    reason=_why_refused(session),
                )
                await seal(connection, SCHEMA, now=now, audit=[audit])
        if refreshed is None:
            raise InvalidGrantToken
        return self._answer(refreshed.subject, "user", refreshed.session, refreshed.refresh_token)

    async def out(self, connection: Connection, subject: str, session: UUID | None, request_id: str) -> None:
        """Ends the session of the token that was sent; a client has none."""
        now = self.clock.now()
        if session is not None and await end_session(connection, session, now, "signed-out"):
            audit = Audit(subject, "auth.signed-out", f"session:{session}", request_id=request_id)
            await seal(connection, SCHEMA, now=now, audit=[audit])

    async def _checked(self, kind: str, place: Place, secret: str, request_id: str) -> dict[str, Any]:
        now = self.clock.now()
        async with transaction(self.database) as connection:
            failures = await begin_attempt(connection, place, now)
        row = await self.database.pool.fetchrow(
            """SELECT id, subject, status, secret_hash, totp_confirmed_at IS NOT NULL AS has_second_factor
               FROM gateway.accounts WHERE subject = $1 AND kind = $2""",
            place.name.strip().lower(),
            kind,
        )
        # The hash is computed whether or not there is an account, so that time tells nothing.
        matched = await self.passwords.matches(secret, row["secret_hash"] if row is not None else None)
        if row is None or not matched or row["status"] != "active":
            reason = "stopped" if is_stopped(failures) else None
            await self._fail(place.name, row["subject"] if row is not None else None, request_id, reason)
            raise InvalidCredentials
        return dict(row)

    async def _second_factor(self, account: dict[str, Any], otp: str | None, request_id: str) -> None:
        """Only after the right password: whether an account has a second factor is nobody else's business."""
        if otp is None:
            await self._fail(account["subject"], account["subject"], request_id, "second-factor-missing")
            raise SecondFactorRequired
        async with transaction(self.database) as connection:
            is_right = await second_factor.use(connection, self.vault, account["id"], otp, self.clock.now())
        if not is_right:
            await self._fail(account["subject"], account["subject"], request_id, "second-factor-wrong")
            raise InvalidCredentials

    async def _fail(self, name: str, subject: str | None, request_id: str, reason: str | None = None) -> None:
        """A name nobody has is kept as a digest: people type passwords into the wrong field."""
        actor = subject or f"unknown:{digest(name)[:16]}"
        audit = Audit(
            actor, "auth.refused", f"account:{actor}", request_id=request_id, outcome="refused", reason=reason
        )
        async with transaction(self.database) as connection:
            await seal(connection, SCHEMA, now=self.clock.now(), audit=[audit])

    async def _succeed(
        self, connection: Connection, now: datetime, place: Place, subject: str, request_id: str
    ) -> None:
        await succeed(connection, place, now)
        await _note_sign_in(connection, subject, now)
        audit = Audit(subject, "auth.signed-in", f"account:{subject}", request_id=request_id)
        await seal(connection, SCHEMA, now=now, audit=[audit])

    def _answer(self, subject: str, kind: str, session: UUID | None, refresh_token: str | None) -> dict[str, Any]:
        return {
            "access_token": self.tokens.outer(subject, kind, session),
            "token_type": "Bearer",
            "expires_in": self.tokens.outer_s,
            "refresh_token": refresh_token,
        }


async def _lock_unchanged(connection: Connection, account: dict[str, Any]) -> None:
    """Raises InvalidCredentials when the account was changed while its secret was being checked.

    Checking takes long. What a change ends must not begin after it: the row stays locked until this has committed.
    """
    if not await connection.fetchval(
        """SELECT true FROM gateway.accounts WHERE id = $1 AND status = 'active' AND secret_hash = $2
           FOR NO KEY UPDATE""",
        account["id"],
        account["secret_hash"],
    ):
        raise InvalidCredentials


async def _note_sign_in(connection: Connection, subject: str, now: datetime) -> None:
    await connection.execute("UPDATE gateway.accounts SET last_sign_in_at = $2 WHERE subject = $1", subject, now)


def _why_refused(session: dict[str, Any]) -> str:
    if not session["is_current"]:
        return "refresh-token-reused"
    return "account-not-active" if session["status"] != "active" else "expired"
