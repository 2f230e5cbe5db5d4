"""Signing in: by password, by client secret, by refresh token. Each outcome is in the trail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.audited import STATES
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
from gateway.problems import InvalidCredentials, InvalidGrantToken, SecondFactorRequired, TooManyFailures
from gateway.transactions import transaction
from gateway.vault import Vault
from services.kit.auditing import state_digest
from services.kit.clock import Clock
from services.kit.database import Connection, Database
from services.kit.identity import ForeignClaims
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
        async with self._signing_in(account["subject"], request_id) as connection:
            await _lock_unchanged(connection, account)
            session, refresh_token = await start_session(connection, account["id"], now, self.lifetimes)
            await self._succeed(connection, now, place, account["subject"], request_id, session)
        return self._answer(account["subject"], "user", session, refresh_token)

    async def from_elsewhere(
        self, place: Place, identity: ForeignClaims, otp: str | None, request_id: str
    ) -> dict[str, Any]:
        """For an account whose identity the institution's provider has confirmed: in place of the password only.

        Raises InvalidCredentials, SecondFactorRequired, TooManyFailures.
        """
        now, subject = self.clock.now(), place.name
        await self._begin(place, subject, request_id)
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
        async with self._signing_in(subject, request_id) as connection:
            account = await connection.fetchval(
                "SELECT id FROM gateway.accounts WHERE subject = $1 AND status = 'active' FOR NO KEY UPDATE", subject
            )
            if account is None or not await _is_linked(connection, account, identity):
                raise InvalidCredentials
            session, refresh_token = await start_session(connection, account, now, self.lifetimes, identity.issuer)
            await self._succeed(connection, now, place, subject, request_id, session, by="provider")
        return self._answer(subject, "user", session, refresh_token)

    async def refused_elsewhere(self, subject: str | None, name: str, request_id: str, reason: str) -> None:
        """Somebody whom the provider did not confirm, or confirmed as nobody here."""
        await self._fail(name, subject, request_id, reason)

    async def by_client_secret(self, place: Place, client_secret: str, request_id: str) -> dict[str, Any]:
        """A token without a session: a client signs in again instead of refreshing. Raises as by_password."""
        account = await self._checked("client", place, client_secret, request_id)
        async with self._signing_in(account["subject"], request_id) as connection:
            await _lock_unchanged(connection, account)
            await self._succeed(connection, self.clock.now(), place, account["subject"], request_id, None)
        return self._answer(account["subject"], "client", None, None)

    async def by_refresh_token(self, refresh_token: str, request_id: str) -> dict[str, Any]:
        """The next pair of tokens. A token that was used before ends its whole family. Raises InvalidGrantToken."""
        now = self.clock.now()
        refreshed = None
        async with transaction(self.database) as connection:
            session = await locked_session(connection, refresh_token)
            target, before = f"session:{session['id']}", await _state(connection, f"session:{session['id']}")
            action, reason = "auth.refreshed", None
            if session["is_current"] and is_alive(session, now):
                refreshed = await rotate(connection, session, now, self.lifetimes)
            else:
                reason = _why_refused(session)
                is_ended_now = await end_session(connection, session["id"], now, reason)
                action = "auth.session-ended" if is_ended_now else "auth.refused"
            audit = Audit(
                session["subject"],
                action,
                target,
                request_id=request_id,
                reason=reason,
                outcome="refused" if action == "auth.refused" else "done",
                before_digest=before,
                after_digest=await _state(connection, target),
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
        failures = await self._begin(place, None, request_id)
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

    @asynccontextmanager
    async def _signing_in(self, subject: str, request_id: str) -> AsyncIterator[Connection]:
        """The last step. Whoever fails here was right a moment ago: the account has changed meanwhile."""
        try:
            async with transaction(self.database) as connection:
                yield connection
        except InvalidCredentials:
            await self._fail(subject, subject, request_id, "changed-meanwhile")
            raise

    async def _begin(self, place: Place, subject: str | None, request_id: str) -> int:
        """As begin_attempt; who is not even heard is in the trail too."""
        try:
            async with transaction(self.database) as connection:
                return await begin_attempt(connection, place, self.clock.now())
        except TooManyFailures:
            known: str | None = subject or await self.database.pool.fetchval(
                "SELECT subject FROM gateway.accounts WHERE subject = $1", place.name.strip().lower()
            )
            await self._fail(place.name, known, request_id, TooManyFailures.code)
            raise

    async def _succeed(
        self,
        connection: Connection,
        now: datetime,
        place: Place,
        subject: str,
        request_id: str,
        session: UUID | None,
        by: str | None = None,
    ) -> None:
        """What a sign-in makes is a session; a system has none, and only its account says that it came."""
        account = f"account:{subject}"
        before = None if session is not None else await _state(connection, account)
        await succeed(connection, place, now)
        await _note_sign_in(connection, subject, now)
        made = {} if session is None else {"session": str(session)}
        audit = Audit(
            subject,
            "auth.signed-in",
            account,
            request_id=request_id,
            before_digest=before,
            after_digest=await _state(connection, account if session is None else f"session:{session}"),
            detail=made if by is None else {**made, "by": by},
        )
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


async def _is_linked(connection: Connection, account: int, identity: ForeignClaims) -> bool:
    """Still: whoever unlinks holds the account's row. Asked after it was locked, in a statement of its own."""
    linked: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT 1 FROM gateway.external_identities
           WHERE account_id = $1 AND issuer = $2 AND external_subject = $3)""",
        account,
        identity.issuer,
        identity.subject,
    )
    return linked


async def _state(connection: Connection, target: str) -> str | None:
    """Digest of an account or a session as this transaction sees it: nobody is admitted yet who could be noted."""
    kind = "account." if target.startswith("account:") else "auth.session-ended"
    return await state_digest(connection, STATES[kind], target)


async def _note_sign_in(connection: Connection, subject: str, now: datetime) -> None:
    await connection.execute("UPDATE gateway.accounts SET last_sign_in_at = $2 WHERE subject = $1", subject, now)


def _why_refused(session: dict[str, Any]) -> str:
    if not session["is_current"]:
        return "refresh-token-reused"
    return "account-not-active" if session["status"] != "active" else "expired"
