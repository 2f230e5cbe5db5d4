"""New keys, while the last ones still serve: nobody is signed out by a rotation, nothing sealed is lost by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel

from gateway.context import Context, GatewayContext
from gateway.grants.access import touch
from gateway.identity.accounts import SCHEMA
from gateway.identity.second_factor import seal_all
from gateway.transactions import transaction
from gateway.vault import Successor
from gateway.writing import actor_of, at_most_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.identity import SigningKey
from services.kit.routing import router
from services.kit.writing import Audit, digest, seal

rotation = router(tags=["keys"])


class SigningKeys(BaseModel):
    signing: str
    verifying: list[str]


def _kids(context: GatewayContext) -> dict[str, Any]:
    kids = [key["kid"] for key in context.keys.public.to_jwks()["keys"]]
    return {"signing": context.keys.signing.kid, "verifying": kids}


@rotation.get(
    "/signing-keys",
    dependencies=[Requires("key:write", everywhere=True)],
    response_model=SigningKeys,
    summary="Claves que firman y verifican",
)
async def read_signing_keys(context: Context) -> Response:
    return Response(json_bytes(_kids(context)), media_type=JSON_TYPE)


@rotation.post("/signing-keys/rotations", status_code=201, response_model=SigningKeys, summary="Cambiar la clave")
async def rotate_signing_key(
    request: Request,
    context: Context,
    caller: Annotated[Caller, Requires("key:write", everywhere=True)],
) -> Response:
    """La clave nueva firma ya; la anterior verifica hasta la próxima rotación. Dos seguidas retiran una filtrada."""
    actor = actor_of(request, caller)
    async with _alone(context, "signing"), _rotating(context) as rotate, transaction(context.database) as connection:

        async def act() -> Response:
            before = digest(_kids(context))
            await rotate()
            await touch(connection)
            audit = Audit(
                actor.subject,
                "key.rotated",
                f"key:{context.keys.signing.kid}",
                request_id=actor.request_id,
                before_digest=before,
                after_digest=digest(_kids(context)),
            )
            await seal(connection, SCHEMA, now=actor.now, audit=[audit])
            return Response(json_bytes(_kids(context)), 201, media_type=JSON_TYPE)

        return await at_most_once(connection, request, caller, None, act)


@asynccontextmanager
async def _alone(context: GatewayContext, keys: str) -> AsyncIterator[None]:
    """One rotation at a time, in whichever gateway, until its file says what was committed."""
    async with transaction(context.database) as guard:
        await guard.execute("SELECT pg_advisory_xact_lock(hashtext($1), 3)", f"gateway.{keys}-keys")
        yield


@asynccontextmanager
async def _rotating(context: GatewayContext) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Gives a function that rotates the signing key. The keys are files: a commit that fails takes them back here."""
    former: list[SigningKey] = []
    rotated, is_kept = "", False

    async def rotate() -> None:
        nonlocal former, rotated
        former = context.keys.rotate()
        rotated = context.keys.signing.kid
        await _forget(context)

    try:
        yield rotate
        is_kept = True
    finally:
        if rotated and not is_kept:
            context.keys.take_back(rotated, former)
            await _forget(context)


async def _forget(context: GatewayContext) -> None:
    """Tokens that are remembered were signed or checked with the keys of before."""
    context.tokens.forget()
    await context.access.forget()


class SealingKeys(BaseModel):
    sealing: str
    opening: list[str]


def _seals(context: GatewayContext) -> dict[str, Any]:
    return {"sealing": context.vault.key_id, "opening": context.vault.key_ids}


@rotation.get(
    "/sealing-keys",
    dependencies=[Requires("key:write", everywhere=True)],
    response_model=SealingKeys,
    summary="Claves que cifran los secretos guardados",
)
async def read_sealing_keys(context: Context) -> Response:
    return Response(json_bytes(_seals(context)), media_type=JSON_TYPE)


@rotation.post(
    "/sealing-keys/rotations", status_code=201, response_model=SealingKeys, summary="Cambiar la clave de cifrado"
)
async def rotate_sealing_key(
    request: Request,
    context: Context,
    caller: Annotated[Caller, Requires("key:write", everywhere=True)],
) -> Response:
    """Sella de nuevo, con una clave nueva, todo lo sellado."""
    actor = actor_of(request, caller)
    async with _alone(context, "sealing"), _succeeding(context) as prepare, transaction(context.database) as connection:

        async def act() -> Response:
            # What an earlier rotation left behind comes first, in its own transaction: the key it needs goes with
            # this one.
            async with transaction(context.database) as earlier:
                await seal_all(earlier, context.vault)
            before, key_id = _seals(context), prepare()
            after = {"sealing": key_id, "opening": [key_id, before["sealing"]]}
            count = await seal_all(connection, context.vault, key_id)
            audit = Audit(
                actor.subject,
                "key.sealing-rotated",
                f"key:{key_id}",
                request_id=actor.request_id,
                before_digest=digest(before),
                after_digest=digest(after),
                detail={"sealed": count},
            )
            await seal(connection, SCHEMA, now=actor.now, audit=[audit])
            return Response(json_bytes(after), 201, media_type=JSON_TYPE)

        return await at_most_once(connection, request, caller, None, act)


@asynccontextmanager
async def _succeeding(context: GatewayContext) -> AsyncIterator[Callable[[], str]]:
    """Gives a function that makes the next sealing key. It seals when all was committed; otherwise it is gone."""
    successor: Successor | None = None
    is_kept = False

    def prepare() -> str:
        nonlocal successor
        successor = context.vault.prepare()
        return successor.key_id

    try:
        yield prepare
        is_kept = True
    finally:
        if successor is not None:
            finish = context.vault.promote if is_kept else context.vault.withdraw
            finish(successor)
