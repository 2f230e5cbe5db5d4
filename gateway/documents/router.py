"""OpenAPI, docs UI, catalogues, readiness."""

from __future__ import annotations

import asyncio
import hmac
import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html

from gateway.context import Context, GatewayContext
from gateway.documents.openapi import merge
from gateway.documents.shapes import Catalogs
from gateway.peers import Peer
from services.kit.access import Public, Requires
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.clients import PeerRefused, PeerUnavailable
from services.kit.health import database_ready
from services.kit.problems import NotFound
from services.kit.routing import router

documents = router(tags=["documents"])
pages = router(tags=["documents"], prefix="")

ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
# The page needs one inline script of its own and nothing from elsewhere.
PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


@documents.get("/openapi.json", dependencies=[Public], include_in_schema=False)
async def openapi(request: Request, context: Context) -> Response:
    return answer(request, await merged_description(request.app, context))


async def merged_description(app: FastAPI, context: GatewayContext) -> bytes:
    """The merged document, made anew only when a part of it has changed: making it takes a second."""
    parts, missing = await context.descriptions.get()
    known: tuple[int, bytes] | None = getattr(app.state, "merged_description", None)
    if known is None or known[0] != context.descriptions.version:
        version = context.descriptions.version
        # In a thread: other calls do not wait for it.
        known = app.state.merged_description = (version, await asyncio.to_thread(_merged, app, parts, missing))
    return known[1]


def _merged(app: FastAPI, parts: Mapping[str, Any], missing: list[str]) -> bytes:
    return json_bytes(merge({"gateway": app.openapi(), **parts}, missing))


@documents.get(
    "/catalogs",
    dependencies=[Requires("organisation:read")],
    response_model=Catalogs,
    summary="Catálogos con etiquetas y colores",
)
async def list_catalogs(request: Request, context: Context) -> Response:
    parts, _ = await context.catalogs.get()
    merged: dict[str, Any] = {"roles": await _roles(context)}
    for part in parts.values():
        merged |= part
    return answer(request, json_bytes(merged))


async def _roles(context: Context) -> list[dict[str, Any]]:
    rows = await context.database.pool.fetch("SELECT code, label FROM gateway.roles ORDER BY position")
    return [{"code": row["code"], "label": row["label"]} for row in rows]


@pages.get("/readyz", dependencies=[Public], include_in_schema=False)
async def readyz(request: Request, context: Context) -> Response:
    own = await database_ready(request.app)
    names, peers = list(context.peers), context.peers.values()
    answers = await asyncio.gather(*(_is_ready(peer) for peer in peers))
    checks = {**own, **dict(zip(names, answers, strict=True))}
    is_ready = all(checks.values())
    if is_ready and not hasattr(request.app.state, "merged_description"):
        # The first caller should not be the one who waits for it.
        request.app.state.warming = asyncio.create_task(merged_description(request.app, context))
    body = json_bytes({"status": "ready" if is_ready else "not_ready", "checks": checks})
    return Response(body, 200 if is_ready else 503, media_type=JSON_TYPE)


async def _is_ready(peer: Peer) -> bool:
    try:
        await peer.get_bytes("/readyz", deadline_s=2.0, attempts=1)
    except (PeerUnavailable, PeerRefused):
        return False
    return True


@pages.get("/metrics", dependencies=[Public], include_in_schema=False)
async def metrics(request: Request, context: Context) -> Response:
    """For the machine's own collector, or for whoever holds the metrics token; to others it does not exist."""
    token = context.settings.metrics_token
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    is_local = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    if not (hmac.compare_digest(sent, token.get_secret_value()) if token is not None else is_local):
        raise NotFound
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")


@pages.get("/docs", dependencies=[Public], include_in_schema=False)
async def docs_page() -> Response:
    page = get_swagger_ui_html(
        openapi_url="/api/v1/openapi.json",
        title="IESSPR API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
        swagger_ui_parameters={"persistAuthorization": False, "docExpansion": "none"},
    )
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


@pages.get("/docs/assets/{name}", dependencies=[Public], include_in_schema=False)
async def docs_asset(request: Request, name: str) -> Response:
    if name not in ASSETS:
        raise NotFound
    return answer(request, asset(name), media_type=ASSETS[name])


@cache
def asset(name: str) -> bytes:
    """Served from fastapi-offline's files: institutional networks block CDNs."""
    package = importlib.util.find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise RuntimeError("fastapi-offline is not installed")
    return (Path(package.origin).parent / "static" / name).read_bytes()
