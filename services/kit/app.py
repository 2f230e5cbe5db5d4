"""The application factory: everything a service has before it has a feature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.telemetry import TelemetryConfig

from services.kit import refusals
from services.kit.access import Caller, declared_permissions
from services.kit.auditing import States
from services.kit.authentication import InnerTokens
from services.kit.clients import ServiceClient
from services.kit.clock import Clock
from services.kit.database import Database
from services.kit.edge import Edge
from services.kit.feed import FeedSignal, feed_router
from services.kit.life import Hook, life_of
from services.kit.memory import Memory
from services.kit.operations import operations_router
from services.kit.organisation import EventHandler, FeedSource, OrganisationReplica, Recorder
from services.kit.parameters import refuse_unknown_parameters, refuse_wrong_media_type
from services.kit.problem_schema import PROBLEM_RESPONSES
from services.kit.settings import DatabaseSettings, ServiceSettings
from services.kit.telemetry import telemetry_of
from services.kit.trail import trail_router
from services.kit.turned_away import TurnedAway

Authenticate = Callable[[Request], Awaitable[Caller]]


# Said outright: left open, FastAPI asks the environment at every request whether anybody wants traces after all.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def build_app(
    name: str,
    title: str,
    settings: DatabaseSettings,
    *,
    routers: Sequence[APIRouter],
    catalogs: Mapping[str, Any] | None = None,
    on_start: Sequence[Hook] = (),
    on_stop: Sequence[Hook] = (),
    replica_of: str | FeedSource | None = None,
    replica_handlers: Mapping[str, EventHandler] | None = None,
    replica_recorder: Recorder | None = None,
    authenticate: Authenticate | None = None,
    remembered: frozenset[str] = frozenset(),
    audited: States | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """A service application. name: also its schema and token audience; replica_of: orgchart's URL or client,
    for a replica; replica_handlers: what else is done with its events, by type; replica_recorder: what is kept of the
    organisation besides the replica; authenticate: how callers are known, by default by the gateway's inner tokens.

    remembered: first segments under /api/v1 whose answers depend on this service's data, the caller and the day only.

    audited: how the trail reads the state of what a write changes (services/kit/auditing.py).

    on_start hooks run after the database is open and the replica has synced, before `/api/` is served; one that raises
    SeedError ends the process. on_stop hooks end what those began, while the database is still open. Raises
    UndeclaredPermission when a route says neither Requires nor Public.
    """
    clock = clock or Clock()
    telemetry = telemetry_of(name)
    database = Database(
        settings.database_url,
        service=name,
        read_connections=settings.pool_size,
        write_connections=settings.write_pool_size,
        telemetry=telemetry,
    )

    app = FastAPI(
        telemetry=telemetry.for_fastapi() if telemetry is not None else _NO_TELEMETRY,
        title=title,
        version="1",
        lifespan=life_of(on_start, on_stop),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(refuse_unknown_parameters), Depends(refuse_wrong_media_type)],
        responses=PROBLEM_RESPONSES,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.name = name
    app.state.settings = settings
    app.state.database = database
    app.state.telemetry = telemetry
    app.state.clock = clock
    app.state.audited = audited or {}
    app.state.turned_away = TurnedAway(database, name, clock)
    app.state.ready = False
    app.state.clients = {}
    app.state.feed_signal = FeedSignal(database, name)
    app.state.drain = app.state.feed_signal.release  # called when the server is told to stop, before it waits for calls
    app.state.feed_followers = {}
    app.state.authenticate = authenticate or _inner_tokens(settings, name, clock)
    app.state.replica = None
    if replica_of is not None:
        source = service_client(app, "orgchart", replica_of) if isinstance(replica_of, str) else replica_of
        app.state.replica = OrganisationReplica(database, name, source, clock, replica_handlers, replica_recorder)
    for router in [*routers, operations_router(catalogs or {}), feed_router(name), trail_router(name)]:
        app.include_router(router)
    refusals.install(app)
    app.state.permissions = declared_permissions(app.routes)
    app.state.memory = Memory(name, remembered, replica=replica_of is not None) if remembered else None
    app.add_middleware(Edge, service=name, max_body_bytes=settings.max_body_bytes, memory=app.state.memory)
    return app


def _inner_tokens(settings: DatabaseSettings, name: str, clock: Clock) -> Authenticate:
    if not isinstance(settings, ServiceSettings):
        raise TypeError("without inner tokens an application must say how it authenticates")
    return InnerTokens(settings.jwks_url, audience=name, clock=clock)


def service_client(app: FastAPI, peer: str, base_url: str) -> ServiceClient:
    """A client of another service, closed with the application; `app.state.clients[peer]`."""
    settings: ServiceSettings = app.state.settings
    client = ServiceClient(
        base_url,
        audience=peer,
        gateway_url=settings.gateway_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
    )
    app.state.clients[peer] = client
    return client
