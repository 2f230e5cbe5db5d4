"""A small application on the kit, for tests of what every service has."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import httpx
from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, Field

from services.kit.access import Caller, Grant, Public, Requires
from services.kit.app import build_app
from services.kit.clock import Clock
from services.kit.problems import Unauthorized
from services.kit.routing import router
from services.kit.settings import ServiceSettings
from tests.support.service import SETTINGS


class Thing(BaseModel):
    amount: Decimal
    count: int = Field(ge=1)


features = router(tags=["things"])


@features.post("/things", dependencies=[Public])
async def create_thing(thing: Thing) -> dict[str, str]:
    return {"amount": str(thing.amount)}


@features.get("/things", dependencies=[Public])
async def list_things(kind: Annotated[list[str] | None, Query()] = None, name: str | None = None) -> dict[str, object]:
    return {"kind": kind, "name": name}


@features.get("/crash", dependencies=[Public])
async def crash() -> None:
    raise RuntimeError("SELECT secret FROM vault")


@features.get("/private")
async def read_private(caller: Annotated[Caller, Requires("thing:read")]) -> dict[str, str]:
    return {"subject": caller.subject}


async def by_header(request: Request) -> Caller:
    """The test's own authentication: `Bearer <permission>` on IESS."""
    _, _, permission = request.headers.get("authorization", "").partition(" ")
    if not permission:
        raise Unauthorized
    return Caller("tester", "user", "Tester", (Grant(frozenset({permission}), "IESS", subtree=True),))


def settings(url: str | None, **values: object) -> ServiceSettings:
    known = {**SETTINGS, "client_id": "svc-test", **({"database_url": url} if url else {})}
    return ServiceSettings.model_validate({**known, **values})


def make_app(
    routers: Sequence[APIRouter] = (features,), url: str | None = None, clock: Clock | None = None, **values: object
) -> FastAPI:
    """An application that counts as started; its database is only there when a URL is given."""
    config = settings(url, **values)
    app = build_app("kittest", "Prueba", config, routers=routers, authenticate=by_header, clock=clock)
    app.state.ready = True
    return app


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
