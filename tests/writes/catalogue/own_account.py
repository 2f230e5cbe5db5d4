"""What everybody does with their own account: nobody stands in for anybody there."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from gateway.identity.second_factor import STEP_S, code_at
from tests.gateway.accounts import session_of
from tests.writes.catalogue.accounts import invited
from tests.writes.example import Call, example, rows
from tests.writes.world import ADMIN, PASSWORD, REPORTER, Writers

ATTEMPTS: Final = {"login_failures": "a guess counts as failed until it was right, whatever stops it"}
SESSIONS_ARE_NOT_NEWS: Final = "a session is its owner's business; nobody follows it"


async def active(writers: Writers) -> str:
    """A person who has set a password."""
    name, token = await invited(writers)
    await writers.post(None, "/auth/activation", {"token": token, "password": PASSWORD})
    return name


async def signed_in(writers: Writers) -> tuple[str, dict[str, Any], UUID]:
    """A person with a session: name, the answer to signing in, the session."""
    name = await active(writers)
    answer: dict[str, Any] = await writers.post(None, "/auth/login", {"username": name, "password": PASSWORD})
    return name, answer, UUID(session_of(answer))


async def enrolled(writers: Writers, name: str) -> bytes:
    """The secret of a second factor that waits for its first code."""
    answer = await writers.post(name, "/me/second-factor")
    return base64.b32decode(answer["secret"] + "=" * (-len(answer["secret"]) % 8))


@example("POST /api/v1/me/second-factor", "account.changed", is_own=True)
async def begins_a_second_factor(writers: Writers) -> Call:
    name = await active(writers)
    return Call(
        name,
        "/api/v1/me/second-factor",
        audit=rows(f"account.second-factor-begun account:{name}"),
        other_path="/api/v1/me/second-factor/confirmation",
        other={"code": "123456"},
        shown_once=("secret", "uri"),
    )


@example("POST /api/v1/me/second-factor/confirmation", "account.changed", is_own=True)
async def confirms_a_second_factor(writers: Writers) -> Call:
    name = await active(writers)
    secret = await enrolled(writers, name)
    step = int(datetime.now(UTC).timestamp()) // STEP_S
    return Call(
        name,
        "/api/v1/me/second-factor/confirmation",
        {"code": code_at(secret, step)},
        rows(f"account.second-factor-on account:{name}"),
        other={"code": code_at(secret, step + 7)},
    )


@example("POST /api/v1/me/password", "account.changed", is_own=True, survives=ATTEMPTS)
async def changes_the_password(writers: Writers) -> Call:
    name, answer, _ = await signed_in(writers)
    body = {"current": PASSWORD, "new": "Manglar-silencioso-58"}
    return Call(
        name,
        "/api/v1/me/password",
        body,
        rows(f"account.secret-replaced account:{name}"),
        other={**body, "new": "Otro-manglar-silencioso-59"},
        # The session that the change ends is the one that its repetition comes with.
        token=answer["access_token"],
    )


@example("DELETE /api/v1/me/sessions/{session_id}", no_feed=SESSIONS_ARE_NOT_NEWS, is_own=True)
async def ends_a_session(writers: Writers) -> Call:
    name, _, session = await signed_in(writers)
    return Call(name, f"/api/v1/me/sessions/{session}", audit=rows(f"auth.session-ended session:{session}"))


@example("POST /api/v1/me/delegations", "grant.changed", is_own=True)
async def delegates_a_role(writers: Writers) -> Call:
    name, _ = await invited(writers)
    until = str(writers.today + timedelta(days=10))
    body = {"subject": name, "role": "reporter", "dependencia": "DP-AZUAY", "valid_to": until}
    return Call(
        f"{REPORTER}.titular",
        "/api/v1/me/delegations",
        body,
        rows(f"grant.given account:{name}"),
        place="DP-AZUAY",
        other={**body, "dependencia": "DP-GUAYAS"},
    )


@example("POST /api/v1/me/external-identity/removal", "account.changed", is_own=True, survives=ATTEMPTS)
async def removes_the_own_identity(writers: Writers) -> Call:
    name, answer, _ = await signed_in(writers)
    known_there = f"rosa.{name}"
    await writers.do(ADMIN, "PUT", f"/users/{name}/external-identity", {"external_subject": known_there})
    body = {"password": PASSWORD}
    return Call(
        name,
        "/api/v1/me/external-identity/removal",
        body,
        rows(f"account.identity-unlinked account:{name}"),
        other={"password": "Manglar-silencioso-58"},
        hidden=(known_there,),
        token=answer["access_token"],
    )
