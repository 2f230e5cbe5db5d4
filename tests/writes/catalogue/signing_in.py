"""Signing in and out. Nobody is known before it, so nobody stands in for anybody; signing in honours no key."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.writes.catalogue.accounts import invited, registered
from tests.writes.catalogue.own_account import ATTEMPTS, signed_in
from tests.writes.example import Call, example, rows
from tests.writes.world import ADMIN, PASSWORD, Writers

FORM: Final = "application/x-www-form-urlencoded"
IS_SIGN_IN: Final = "the contract honours no key for signing in: an answer kept for its repetition would hold tokens"
NOT_NEWS: Final = "a session is its owner's business; nobody follows it"
STATES: Final = {"external_sign_ins": "a state is used up by whoever brings it back, whatever comes of it"}


@example("POST /api/v1/auth/login", no_key=IS_SIGN_IN, no_feed=NOT_NEWS, is_own=True,
         survives=ATTEMPTS)  # fmt: skip
async def signs_in_with_a_password(writers: Writers) -> Call:
    name, _, _ = await signed_in(writers)
    body = {"username": name, "password": PASSWORD}
    return Call(None, "/api/v1/auth/login", body, rows(f"auth.signed-in account:{name}"), actor=name)


@example("POST /api/v1/auth/token", no_key=IS_SIGN_IN, no_feed=NOT_NEWS, is_own=True,
         survives=ATTEMPTS)  # fmt: skip
async def a_system_signs_in(writers: Writers) -> Call:
    name = await registered(writers)
    secret = (await writers.post(ADMIN, f"/clients/{name}/secret"))["client_secret"]
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    return Call(
        None,
        "/api/v1/auth/token",
        urlencode(form).encode(),
        rows(f"auth.signed-in account:{name}"),
        actor=name,
        hidden=(secret,),
        kind=FORM,
    )


@example("POST /api/v1/auth/token", no_key=IS_SIGN_IN, no_feed=NOT_NEWS, is_own=True)
async def refreshes_a_session(writers: Writers) -> Call:
    name, answer, session = await signed_in(writers)
    form = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    return Call(
        None,
        "/api/v1/auth/token",
        urlencode(form).encode(),
        rows(f"auth.refreshed session:{session}"),
        actor=name,
        hidden=(answer["refresh_token"], answer["refresh_token"].partition(".")[2]),
        kind=FORM,
    )


@example("POST /api/v1/auth/logout", no_feed=NOT_NEWS, is_own=True, survives=ATTEMPTS)
async def signs_out(writers: Writers) -> Call:
    name, answer, session = await signed_in(writers)
    return Call(
        name,
        "/api/v1/auth/logout",
        audit=rows(f"auth.signed-out session:{session}"),
        other_path="/api/v1/me/password",
        other={"current": PASSWORD, "new": "Manglar-silencioso-58"},
        token=answer["access_token"],
    )


@example("POST /api/v1/auth/activation", "account.changed", is_own=True)
async def activates_an_account(writers: Writers) -> Call:
    name, token = await invited(writers)
    body = {"token": token, "password": PASSWORD}
    return Call(
        None,
        "/api/v1/auth/activation",
        body,
        rows(f"account.activated account:{name}"),
        actor=name,
        other={**body, "password": "Manglar-silencioso-58"},
    )


@example("POST /api/v1/auth/oidc/authorizations", no_key=IS_SIGN_IN, no_feed=NOT_NEWS,
         no_audit="nobody is known yet, and anybody may begin: what comes of it is in the trail")  # fmt: skip
async def begins_at_the_provider(_: Writers) -> Call:
    return Call(None, "/api/v1/auth/oidc/authorizations")


@example("POST /api/v1/auth/oidc/tokens", no_key=IS_SIGN_IN, no_feed=NOT_NEWS, is_own=True,
         fresh=True, survives=STATES | ATTEMPTS)  # fmt: skip
async def comes_back_from_the_provider(writers: Writers) -> Call:
    name, _, _ = await signed_in(writers)
    known_there = f"rosa.{name}"
    link = {"external_subject": known_there}
    await writers.do(ADMIN, "PUT", f"/users/{name}/external-identity", link)
    begun = await writers.post(None, "/auth/oidc/authorizations")
    url = f"{begun['authorization_url']}&login_hint={known_there}"
    async with writers.world.http.get(url, allow_redirects=False) as answer:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
    body = {member: values[0] for member, values in query.items()}
    return Call(
        None,
        "/api/v1/auth/oidc/tokens",
        body,
        rows(f"auth.signed-in account:{name}"),
        actor=name,
        hidden=(known_there, *body.values()),
    )
