"""A new signing key, while the last one still verifies: nobody is signed out by a rotation."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel

from gateway.context import Context
from gateway.writing import actor_of
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Session, raw
from services.kit.routing import router
from services.kit.writing import Audit, seal

rotation = router(tags=["keys"])


class SigningKeys(BaseModel):
    signing: str
    verifying: list[str]


def _document(context: Any) -> bytes:
    kids = [key["kid"] for key in context.keys.public.to_jwks()["keys"]]
    return json_bytes({"signing": context.keys.signing.kid, "verifying": kids})


@rotation.get(
    "/signing-keys",
    dependencies=[Requires("key:write", everywhere=True)],
    response_model=SigningKeys,
    summary="Claves que firman y verifican",
)
async def read_signing_keys(context: Context) -> Response:
    return Response(_document(context), media_type=JSON_TYPE)


@rotation.post("/signing-keys/rotations", status_code=201, response_model=SigningKeys, summary="Cambiar la clave")
async def rotate_signing_key(
    request: Request,
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("key:write", everywhere=True)],
) -> Response:
    """The new key signs at once; the one before verifies until the next rotation. Two in a row retire a leaked key."""
    connection, actor = await raw(session), actor_of(request, caller)
    context.keys.rotate()
    context.tokens.forget()
    await context.access.forget()
    audit = Audit(actor.subject, "key.rotated", f"key:{context.keys.signing.kid}", request_id=actor.request_id)
    await seal(connection, "gateway", now=actor.now, audit=[audit])
    return Response(_document(context), 201, media_type=JSON_TYPE)
