"""Signing in with the institution's provider: authorisation code with PKCE, state and nonce, each used once.

The front end opens `authorization_url`, and brings back `code` and `state` from its redirect address.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import BaseModel, Field

from gateway.context import Address, Context, GatewayContext, RequestId
from gateway.identity.failures import Place
from gateway.identity.provider import Provider
from gateway.identity.schemas import Body, Otp, TokenAnswer
from gateway.identity.sessions import digest
from gateway.problems import ForeignTokenRefused, IdentityNotLinked, NoProvider, UnknownSignIn
from gateway.transactions import transaction
from services.kit.access import Public
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.routing import router

elsewhere = router(tags=["auth"])
UNDER_WAY: Final = timedelta(minutes=10)
NEVER_STORED: Final = {"Cache-Control": "no-store"}


class Authorization(BaseModel):
    authorization_url: str
    state: str


class Return(Body):
    code: Annotated[str, Field(min_length=1, max_length=2048)]
    state: Annotated[str, Field(min_length=1, max_length=256)]
    otp: Otp = None


def _provider(context: GatewayContext) -> Provider:
    if context.provider is None:
        raise NoProvider
    return context.provider


@elsewhere.post(
    "/auth/oidc/authorizations",
    dependencies=[Public],
    status_code=201,
    response_model=Authorization,
    summary="Empezar el inicio de sesión institucional",
)
async def begin(context: Context) -> Response:
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    url = await _provider(context).authorization_url(state, nonce, challenge)
    now = context.clock.now()
    async with transaction(context.database) as connection:
        await connection.execute("DELETE FROM gateway.external_sign_ins WHERE expires_at < $1", now)
        await connection.execute(
            "INSERT INTO gateway.external_sign_ins VALUES ($1, $2, $3, $4)",
            digest(state),
            nonce,
            verifier,
            now + UNDER_WAY,
        )
    return Response(json_bytes({"authorization_url": url, "state": state}), 201, NEVER_STORED, JSON_TYPE)


@elsewhere.post(
    "/auth/oidc/tokens", dependencies=[Public], response_model=TokenAnswer, summary="Terminar el inicio institucional"
)
async def finish(body: Return, context: Context, address: Address, request_id: RequestId) -> Response:
    """Un `state` sirve una sola vez, resulte lo que resulte.

    La cuenta con segundo factor lo necesita también aquí: si falta `otp`, empiece otra vez y envíelo.
    """
    provider, now = _provider(context), context.clock.now()
    async with transaction(context.database) as connection:
        row = await connection.fetchrow(
            """DELETE FROM gateway.external_sign_ins WHERE state_digest = $1 AND expires_at > $2
               RETURNING nonce, code_verifier""",
            digest(body.state),
            now,
        )
    if row is None:
        raise UnknownSignIn
    try:
        identity = await provider.identity(body.code, row["code_verifier"], row["nonce"], now)
    except ForeignTokenRefused:
        await context.sign_in.refused_elsewhere(None, "provider", request_id, ForeignTokenRefused.code)
        raise
    linked = await context.database.pool.fetchrow(
        """SELECT a.subject, a.status FROM gateway.external_identities e JOIN gateway.accounts a ON a.id = e.account_id
           WHERE e.issuer = $1 AND e.external_subject = $2""",
        identity.issuer,
        identity.subject,
    )
    if linked is None or linked["status"] == "disabled":
        subject = linked["subject"] if linked is not None else None
        await context.sign_in.refused_elsewhere(subject, identity.subject, request_id, IdentityNotLinked.code)
        raise IdentityNotLinked
    place = Place(linked["subject"], address)
    answer: dict[str, Any] = await context.sign_in.from_elsewhere(place, identity, body.otp, request_id)
    return Response(json_bytes(answer), headers=NEVER_STORED, media_type=JSON_TYPE)
