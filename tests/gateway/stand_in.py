"""A stand-in for a service: it answers with what it received, or misbehaves as its path says."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

UNITS = [
    # id, code, parent id
    (1, "IESS", None),
    (2, "DG", 1),
    (1001, "DP-AZUAY", 1),
    (1002, "DP-AZUAY-CAC", 1001),
    (1003, "DP-AZUAYO", 1),
    (1004, "DP-GUAYAS", 1),
]


def record(number: int, code: str, parent: int | None) -> dict[str, Any]:
    version = {"valid_from": "2017-05-06", "valid_to": None, "name": code, "parent_id": parent, "numeral": None}
    return {"id": number, "code": code, "kind": "unit", "province": None, "versions": [version], **version}


# Headers that the gateway alone decides.
NOT_ITS_TO_SAY = {
    "X-Frame-Options": "ALLOWALL", "Referrer-Policy": "unsafe-url", "RateLimit": "none", "Set-Cookie": "a=b",
    "Access-Control-Allow-Origin": "*", "X-Request-Id": "forged", "Strict-Transport-Security": "max-age=0",
}  # fmt: skip


class StandIn:
    def __init__(self, name: str) -> None:
        self.name = name
        self.url = ""
        self.received: list[dict[str, Any]] = []
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app, keepalive_timeout=75, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/readyz":
            return web.json_response({"status": "ready"})
        if path == "/snapshot":
            return web.json_response({"position": 1, "dependencias": [record(*unit) for unit in UNITS]})
        if path == "/feed":
            await asyncio.sleep(min(int(request.query.get("wait", "0")), 1))
            return web.json_response({"items": [], "position": int(request.query["after"])})
        if path == "/feed/counts":
            return web.json_response({"items": []})
        if path == "/openapi.json":
            return web.json_response(self._description())
        if path == "/catalogs":
            return web.json_response({f"{self.name}_catalog": [{"code": "a", "label": "A"}]})
        if path == "/audit-events":
            return web.json_response({"items": [], "next_cursor": None, "total": 0})
        if path == "/audit-events/verify":
            return web.json_response({"intact": True, "checked": 0, "head": "0:" + "0" * 64, "broken_at": None})
        return await self._echo_or_misbehave(request)

    def _description(self) -> dict[str, Any]:
        operation = {"operationId": "list_things", "tags": [self.name], "responses": {"200": {"description": "ok"}}}
        return {
            "openapi": "3.1.0",
            "info": {"title": self.name, "version": "1"},
            "paths": {f"/api/v1/{self.name}-things": {"get": operation}, "/feed": {"get": {}}},
            "components": {"schemas": {"Thing": {"type": "object", "title": self.name}}},
        }

    async def _echo_or_misbehave(self, request: web.Request) -> web.StreamResponse:
        last = request.path.rpartition("/")[2]
        if last == "slow":
            await asyncio.sleep(float(request.query.get("seconds", "30")))
        if last == "cut":
            return await self._cut(request)
        if last == "drip":
            return await self._drip(request)
        if last == "stream":
            return await self._stream(request)
        if last == "etag" and request.headers.get("If-None-Match") == '"abc"':
            return web.Response(status=304, headers={"ETag": '"abc"'})
        body = await request.read()
        seen = {
            "service": self.name,
            "method": request.method,
            "path": request.raw_path,
            "headers": [[name, value] for name, value in request.headers.items()],
            "body_length": len(body),
            "body": body[:1000].decode("latin-1"),
        }
        self.received.append(seen)
        headers = {"ETag": '"abc"', "Server": "secret/1.0", "X-Answered-By": self.name, **NOT_ITS_TO_SAY}
        return web.Response(text=json.dumps(seen), content_type="application/json", headers=headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await answer.prepare(request)
        for number in range(int(request.query.get("lines", "3"))):
            await answer.write(json.dumps({"line": number}).encode() + b"\n")
            await asyncio.sleep(float(request.query.get("pause", "0")))
        await answer.write_eof()
        return answer

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        """Says that sixty bytes will come, and sends two a second."""
        answer = web.StreamResponse(headers={"Content-Length": "60"})
        await answer.prepare(request)
        for _ in range(60):
            await answer.write(b"x")
            await asyncio.sleep(0.5)
        return answer

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        """Breaks off in the middle of a body of declared length."""
        size = int(request.query.get("size", "1000"))
        answer = web.StreamResponse(headers={"Content-Length": str(size)})
        await answer.prepare(request)
        await answer.write(b"x" * (size // 2))
        if request.transport is not None:
            request.transport.abort()
        return answer


async def serve_stand_in(name: str) -> StandIn:
    stand_in = StandIn(name)
    await stand_in.start()
    return stand_in
