"""What every service tells about itself: that it lives, whether it is ready, its catalogues and its description."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from services.kit.access import Public
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.health import database_ready


def operations_router(catalogs: Mapping[str, Any]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez", dependencies=[Public])
    async def livez() -> Response:
        return Response(b'{"status":"ok"}', media_type=JSON_TYPE)

    @router.get("/readyz", dependencies=[Public])
    async def readyz(request: Request) -> Response:
        checks = await database_ready(request.app)
        ready = all(checks.values())
        body = json_bytes({"status": "ready" if ready else "not_ready", "checks": checks})
        return Response(body, 200 if ready else 503, media_type=JSON_TYPE)

    @router.get("/catalogs", dependencies=[Public])
    async def list_catalogs(request: Request) -> Response:
        return answer(request, json_bytes(catalogs))

    @router.get("/openapi.json", dependencies=[Public])
    async def openapi(request: Request) -> Response:
        # Describing takes half a second of the processor: in a thread, or every other call would wait for it.
        return answer(request, await asyncio.to_thread(_description, request.app))

    return router


def _description(app: FastAPI) -> bytes:
    return json_bytes(app.openapi())
