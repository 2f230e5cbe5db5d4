"""The gateway: who are you, may you, where does it go."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from gateway.audit.refusals import Refusals
from gateway.audit.trail import trail
from gateway.audited import STATES
from gateway.context import GatewayContext
from gateway.demo import create_demo_accounts
from gateway.documents.events import events
from gateway.documents.gathering import Gathered
from gateway.documents.router import documents, pages
from gateway.front import Front
from gateway.grants.access import AccessBook
from gateway.grants.effective import effective
from gateway.grants.following import HANDLERS
from gateway.grants.me import me
from gateway.grants.router import grants
from gateway.identity import second_factor
from gateway.identity.clients import clients
from gateway.identity.elsewhere import elsewhere
from gateway.identity.keys import KeyRing
from gateway.identity.linking import linking, own_identity
from gateway.identity.own import own
from gateway.identity.passwords import Passwords
from gateway.identity.provider import Provider
from gateway.identity.rotation import rotation
from gateway.identity.router import auth, internal
from gateway.identity.sessions import Lifetimes
from gateway.identity.signin import SignIn
from gateway.identity.tokens import Tokens
from gateway.identity.users import activation, users
from gateway.limits import RateLimits
from gateway.mail.outbox import Postman
from gateway.metrics import Metrics
from gateway.peers import Peer
from gateway.proxies import Proxies
from gateway.proxy.forwarder import Forwarder, Limits
from gateway.proxy.upstream import Upstream
from gateway.requestlog import RequestLog
from gateway.settings import Settings
from gateway.tracing import TracedForwarder, TracedFront
from gateway.transactions import transaction
from gateway.vault import Vault
from services.kit.app import build_app
from services.kit.clock import Clock
from services.kit.telemetry import Telemetry

ROUTERS = [
    pages,
    auth,
    elsewhere,
    linking,
    own_identity,
    internal,
    me,
    own,
    users,
    clients,
    activation,
    grants,
    effective,
    rotation,
    trail,
    events,
    documents,
]


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Front:
    """The ASGI application. Without settings they come from the environment (GATEWAY_…)."""
    settings = settings or Settings()
    clock = clock or Clock()
    keys = KeyRing(settings.signing_keys_file)
    tokens = Tokens(keys, clock, outer_s=settings.access_token_s, inner_s=settings.inner_token_s)
    upstreams = {
        name: Upstream(
            name,
            url,
            concurrency=settings.upstream_concurrency,
            queue=settings.upstream_queue,
            queue_wait_s=settings.queue_wait_s,
        )
        for name, url in settings.upstreams.items()
    }
    peers = {name: Peer(upstream, tokens) for name, upstream in upstreams.items()}
    api = _api(settings, clock, keys, tokens, peers)
    limits = Limits(settings.max_body_bytes, settings.request_deadline_s, settings.upload_deadline_s)
    context: GatewayContext = api.state.context
    telemetry: Telemetry | None = api.state.telemetry
    parts = (upstreams, tokens, context.access, limits)
    forwarder = Forwarder(*parts) if telemetry is None else TracedForwarder(*parts, telemetry=telemetry)
    refusals, request_log = Refusals(context.database, clock, api.state.turned_away), RequestLog()
    make_front = (
        Front
        if telemetry is None
        else partial(TracedFront, telemetry=telemetry, paths={path for _, path in api.state.permissions})
    )
    front = make_front(
        api,
        forwarder,
        [
            *upstreams.values(),
            context.access,
            context.passwords,
            refusals,
            request_log,
            *([context.provider] if context.provider is not None else []),
            *([Postman(context.database, context.vault, clock, settings.mail)] if settings.mail is not None else []),
        ],
        tokens=tokens,
        limits=RateLimits(settings.quotas),
        metrics=Metrics(upstreams.values()),
        refusals=refusals,
        request_log=request_log,
        origins=settings.cors_origins,
        proxies=Proxies(settings.trusted_proxies),
        body_deadline_s=settings.request_deadline_s,
    )
    api.state.metrics, api.state.refusals = front.metrics, refusals
    return front


def _api(settings: Settings, clock: Clock, keys: KeyRing, tokens: Tokens, peers: dict[str, Peer]) -> FastAPI:
    """The gateway's own calls; the data plane does not go through it."""
    api = build_app(
        "gateway",
        "IESSPR gateway",
        settings,
        routers=ROUTERS,
        audited=STATES,
        on_start=[_create_demo, _seal_secrets],
        on_stop=[_write_refusals],
        replica_of=peers["orgchart"],
        replica_handlers=HANDLERS,
        authenticate=lambda request: context.authenticate(request),
        clock=clock,
    )
    lifetimes = Lifetimes(timedelta(seconds=settings.refresh_token_s), timedelta(seconds=settings.session_s))
    database, vault = api.state.database, Vault(settings.vault_keys)
    passwords = Passwords(memory_kib=settings.password_memory_kib, rounds=settings.password_rounds)
    context = api.state.context = GatewayContext(
        settings=settings,
        database=database,
        clock=clock,
        keys=keys,
        tokens=tokens,
        access=AccessBook(
            database,
            clock,
            access_token_s=settings.access_token_s,
            second_factor_roles=frozenset(settings.second_factor_roles),
            on_change=tokens.take_rotated_keys,
        ),
        passwords=passwords,
        vault=vault,
        sign_in=SignIn(database, passwords, vault, tokens, lifetimes, clock),
        peers=peers,
        descriptions=Gathered(peers, "/openapi.json"),
        catalogs=Gathered(peers, "/catalogs"),
        provider=Provider(settings.provider) if settings.provider is not None else None,
    )
    return api


async def _create_demo(app: FastAPI) -> None:
    context: GatewayContext = app.state.context
    if context.settings.demo_credentials_file is not None:
        await create_demo_accounts(context, context.settings.demo_credentials_file)


async def _seal_secrets(app: FastAPI) -> None:
    """What was stored before secrets were sealed, or under a key that has been replaced."""
    context: GatewayContext = app.state.context
    async with transaction(context.database) as connection:
        await second_factor.seal_all(connection, context.vault)


async def _write_refusals(app: FastAPI) -> None:
    """Those of the last second: nobody who was refused is forgotten because the gateway stops."""
    refusals: Refusals = app.state.refusals
    await refusals.stop()
