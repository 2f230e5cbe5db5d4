"""New keys, while the last ones still serve: nobody is signed out by a rotation, nothing sealed is lost by one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel

from gateway.context import Context, GatewayContext
from gateway.grants.access import touch
from gateway.identity.second_factor import seal_all
from gateway.transactions import transaction
from gateway.writing import actor_of, at_most_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Session, raw
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
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("key:write", everywhere=True)],
) -> Response:
    """La clave nueva firma ya; la anterior verifica hasta la próxima rotación. Dos seguidas retiran una filtrada."""
    connection, actor = await raw(session), actor_of(request, caller)

    async def act() -> Response:
        before = digest(_kids(context))
        context.keys.rotate()
        context.tokens.forget()
        await context.access.forget()
        await touch(connection)
        audit = Audit(
            actor.subject,
            "key.rotated",
            f"key:{context.keys.signing.kid}",
            request_id=actor.request_id,
            before_digest=before,
            after_digest=digest(_kids(context)),
        )
        await seal(connection, "gateway", now=actor.now, audit=[audit])
        return Response(json_bytes(_kids(context)), 201, media_type=JSON_TYPE)

    return await at_most_once(connection, request, caller, None, act)


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
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("key:write", everywhere=True)],
) -> Response:
    """Sella de nuevo, con una clave nueva, todo lo sellado."""
    # What an earlier rotation left behind comes first, in its own transaction: the key it needs goes with this one.
    connection, actor = await raw(session), actor_of(request, caller)

    async def act() -> Response:
        async with transaction(context.database) as earlier:
            await seal_all(earlier, context.vault)
        before = digest(_seals(context))
        context.vault.rotate()
        count = await seal_all(connection, context.vault)
        audit = Audit(
            actor.subject,
            "key.sealing-rotated",
            f"key:{context.vault.key_id}",
            request_id=actor.request_id,
            before_digest=before,
            after_digest=digest(_seals(context)),
            detail={"sealed": count},
        )
        await seal(connection, "gateway", now=actor.now, audit=[audit])
        return Response(json_bytes(_seals(context)), 201, media_type=JSON_TYPE)

    return await at_most_once(connection, request, caller, None, act)
