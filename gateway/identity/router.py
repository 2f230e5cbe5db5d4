"""Signing in and out."""

from __future__ import annotations

import hmac
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response

from gateway.context import Address, Context, GatewayContext, RequestId
from gateway.identity.failures import Place
from gateway.identity.repeating import CurrentOrEnded, once_more
from gateway.identity.schemas import GrantsOfRequest, Login, ServiceTokenAnswer, ServiceTokenRequest, TokenAnswer
from gateway.problems import InvalidCredentials, UnsupportedGrantType
from services.kit.access import Public
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Session, raw
from services.kit.problems import BadRequest, FieldError, Invalid, UnsupportedMediaType
from services.kit.routing import router

auth = router(tags=["auth"])
internal = router(tags=["internal"], prefix="")

FORM = "application/x-www-form-urlencoded"
MEMBERS = {
    "client_credentials": {"grant_type", "client_id", "client_secret"},
    "refresh_token": {"grant_type", "refresh_token"},
}
NEVER_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_TEXT = {"type": "string"}
_FORM_BODY = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "enum": sorted(MEMBERS)},
                    "client_id": _TEXT,
                    "client_secret": _TEXT,
                    "refresh_token": _TEXT,
                },
            }
        }
    },
}


def _token_response(document: dict[str, Any]) -> Response:
    return Response(json_bytes(document), headers=NEVER_STORED, media_type=JSON_TYPE)


@auth.post("/auth/login", dependencies=[Public], response_model=TokenAnswer, summary="Iniciar sesión")
async def login(body: Login, context: Context, address: Address, request_id: RequestId) -> Response:
    place = Place(body.username, address)
    answer = await context.sign_in.by_password(place, body.password, body.otp, request_id)
    return _token_response(answer)


async def form_of(request: Request) -> dict[str, str]:
    """The form of a token request, each member once. Raises UnsupportedMediaType, Invalid, UnsupportedGrantType."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(f"Envíe el cuerpo como {FORM}.")
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=10, errors="strict")
    except ValueError as error:
        raise BadRequest("El cuerpo no es un formulario bien formado.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Invalid("Un dato del formulario está repetido.")
    expected = MEMBERS.get(form.get("grant_type", ""))
    if expected is None:
        raise UnsupportedGrantType
    errors = [FieldError(f"/{n}", "required", "Falta este dato obligatorio.") for n in sorted(expected - set(form))]
    errors += [FieldError(f"/{n}", "unknown-field", "No se conoce aquí.") for n in sorted(set(form) - expected)]
    if errors:
        raise Invalid(errors=errors)
    return form


@auth.post(
    "/auth/token",
    dependencies=[Public],
    response_model=TokenAnswer,
    summary="Obtener o renovar un token",
    openapi_extra={"requestBody": _FORM_BODY},
)
async def token(
    form: Annotated[dict[str, str], Depends(form_of)], context: Context, address: Address, request_id: RequestId
) -> Response:
    sign_in = context.sign_in
    if form["grant_type"] == "refresh_token":
        return _token_response(await sign_in.by_refresh_token(form["refresh_token"], request_id))
    place = Place(form["client_id"], address)
    return _token_response(await sign_in.by_client_secret(place, form["client_secret"], request_id))


@auth.post("/auth/logout", dependencies=[Public], status_code=204, summary="Cerrar la sesión")
async def logout(caller: CurrentOrEnded, request: Request, session: Session, context: Context) -> Response:
    """No exige permiso; sin un token válido responde 401.

    Repetida con la misma Idempotency-Key responde otra vez 204, aunque la sesión ya terminó.
    """
    connection = await raw(session)

    async def act() -> Response:
        await context.sign_in.out(connection, caller.subject, request.state.session, request.state.request_id)
        return Response(status_code=204)

    return await once_more(connection, request, caller.subject, None, act)


@internal.get("/.well-known/jwks.json", dependencies=[Public], summary="Claves públicas de los tokens")
async def jwks(context: Context) -> Response:
    body = json_bytes(context.keys.public.to_jwks())
    return Response(body, headers={"Cache-Control": "public, max-age=60"}, media_type="application/jwk-set+json")


@internal.post(
    "/internal/service-token",
    dependencies=[Public],
    response_model=ServiceTokenAnswer,
    include_in_schema=False,
)
async def service_token(body: ServiceTokenRequest, context: Context) -> Response:
    _check_service(context, body.client_id, body.client_secret)
    document = {
        "access_token": context.tokens.service(body.client_id, body.audience),
        "expires_in": context.tokens.inner_s,
    }
    return Response(json_bytes(document), headers=NEVER_STORED, media_type=JSON_TYPE)


@internal.post("/internal/dependencia-grants", dependencies=[Public], include_in_schema=False)
async def count_grants(body: GrantsOfRequest, context: Context) -> Response:
    """How many grants, in force or future, name each of these dependencias: the preview of a reorganisation."""
    _check_service(context, body.client_id, body.client_secret)
    rows = await context.database.pool.fetch(
        """SELECT d.code, (SELECT count(*) FROM gateway.grants g WHERE g.dependencia = d.code AND g.ended_at IS NULL
               AND (g.valid_to IS NULL OR g.valid_to >= $2)) AS grants
           FROM unnest($1::text[]) WITH ORDINALITY AS d (code, place) ORDER BY d.place""",
        body.dependencias,
        context.clock.today(),
    )
    items = [{"dependencia": row["code"], "grants": row["grants"]} for row in rows]
    return Response(json_bytes({"items": items}), media_type=JSON_TYPE)


def _check_service(context: GatewayContext, client_id: str, client_secret: str) -> None:
    """Raises InvalidCredentials. Compared even for an unknown id: the answer takes as long."""
    known = context.settings.service_secrets.get(client_id)
    secret = known.get_secret_value().encode() if known is not None else b""
    if not hmac.compare_digest(secret, client_secret.encode()) or not secret:
        raise InvalidCredentials
