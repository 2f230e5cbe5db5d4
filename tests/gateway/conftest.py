"""A gateway on a real port and a real database, in front of three stand-in services.

The stand-ins are for what the gateway does by itself (forwarding, headers, faults); how gateway and services work
together is tested on the real processes in tests/e2e.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from pydantic import SecretStr

from gateway.app import create_app
from gateway.context import GatewayContext
from gateway.front import Front
from gateway.settings import Settings
from iesspr.postgres import DatabaseUrls
from services.kit.clock import Clock
from tests.conftest import TestServer
from tests.gateway.oidc_provider import REDIRECT, SECRET, fault
from tests.gateway.serving import serving
from tests.gateway.stand_in import StandIn, serve_stand_in
from tests.support import audited
from tests.support.modules import kill, start_module
from tests.support.ports import free_port

# Who signs in is nobody yet: these have rows of their own (test_audit.py), without a state before or after.
NO_ACT = ("/api/v1/auth/login", "/api/v1/auth/token", "/api/v1/auth/oidc/", "/internal/")
SERVICES = ("orgchart", "plans", "indicators")


@dataclass
class RunningGateway:
    """A gateway that answers at `url`. Tokens are kept per subject."""

    url: str
    context: GatewayContext
    app: Front
    http: aiohttp.ClientSession
    services: dict[str, StandIn]
    database: DatabaseUrls
    credentials: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, who: str | None = None, **rest: Any
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers (lower-cased) and body, decoded when it is JSON."""
        headers = dict(rest.pop("headers", {}))
        if who is not None:
            headers.setdefault("Authorization", f"Bearer {await self.token(who)}")
        async with self.http.request(method, self.url + path, headers=headers, **rest) as answer:
            body: Any = await answer.read()
            received = {name.lower(): value for name, value in answer.headers.items()}
            if method in audited.WRITES and answer.status < 300 and not path.startswith(NO_ACT):
                await audited.check_answer(self.context.database.pool, "gateway", method, answer.status, path, received)
            if body and "json" in received.get("content-type", ""):
                body = json.loads(body)
            return answer.status, received, body

    async def wait_until_ready(self) -> None:
        for _ in range(500):
            if (await self.call("GET", "/readyz"))[0] == 200:
                return
            await asyncio.sleep(0.02)
        raise TimeoutError("the gateway did not become ready")

    async def token(self, who: str) -> str:
        if who not in self.tokens:
            self.tokens[who] = (await self.sign_in(who))["access_token"]
        return self.tokens[who]

    async def sign_in(self, who: str) -> dict[str, Any]:
        if who in self.credentials["users"]:
            body = {"username": who, "password": self.credentials["users"][who]}
            status, _, answer = await self.call("POST", "/api/v1/auth/login", json=body)
        else:
            form = {
                "grant_type": "client_credentials",
                "client_id": who,
                "client_secret": self.credentials["clients"][who],
            }
            status, _, answer = await self.call("POST", "/api/v1/auth/token", data=form)
        assert status == 200, answer
        result: dict[str, Any] = answer
        return result


MakeGateway = Callable[..., Awaitable[RunningGateway]]


@asynccontextmanager
async def running_gateway(
    database: DatabaseUrls, folder: Path, clock: Clock | None = None, *, is_awaited: bool = True, **settings: Any
) -> AsyncIterator[RunningGateway]:
    services = {name: await serve_stand_in(name) for name in SERVICES}
    values: dict[str, Any] = {
        "database_url": database.app,
        "signing_keys_file": folder / "keys.json",
        "demo_credentials_file": folder / "demo-credentials.json",
        "service_secrets": {"svc-plans": SecretStr("plans-secret")},
        "log_level": "warning",
        "password_memory_kib": 1024,
        "password_rounds": 1,
        "reads_per_minute": 0,
        "writes_per_minute": 0,
        "sign_ins_per_minute": 0,
        **{f"{name}_url": service.url for name, service in services.items()},
        **settings,
    }
    app = create_app(Settings(**values), clock)
    context: GatewayContext = app.api.state.context
    async with serving(app) as url, aiohttp.ClientSession(auto_decompress=False) as http:
        gateway = RunningGateway(url, context, app, http, services, database)
        if is_awaited:
            await gateway.wait_until_ready()
            gateway.credentials = json.loads((folder / "demo-credentials.json").read_text())
        yield gateway
    for service in services.values():
        await service.stop()


@pytest_asyncio.fixture(scope="session")
async def gateway(postgres: TestServer, tmp_path_factory: Any) -> AsyncIterator[RunningGateway]:
    """One gateway for all tests that leave nothing behind but accounts of their own."""
    database = await postgres.fresh_database("gateway")
    async with running_gateway(database, tmp_path_factory.mktemp("gateway")) as running:
        yield running
    await postgres.drop(database)


@pytest_asyncio.fixture
async def make_gateway(gateway_db: DatabaseUrls, tmp_path: Path) -> AsyncIterator[MakeGateway]:
    """`await make_gateway(clock=…, request_deadline_s=…)`: a gateway of the test's own."""
    stack: list[Any] = []

    async def make(**settings: Any) -> RunningGateway:
        manager = running_gateway(gateway_db, tmp_path, **settings)
        stack.append(manager)
        return await manager.__aenter__()

    yield make
    for manager in reversed(stack):
        await manager.__aexit__(None, None, None)


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[str]:
    """One process for a module's tests: starting it takes longer than most of them."""
    port = free_port()
    process = await start_module("tests.gateway.oidc_provider", port)
    yield f"http://127.0.0.1:{port}"
    await kill(process)


@pytest_asyncio.fixture
async def provider_url(provider: str) -> str:
    """A provider that behaves."""
    await fault(provider, "")
    return provider


@pytest_asyncio.fixture
async def linked(make_gateway: MakeGateway, provider_url: str) -> RunningGateway:
    """A gateway whose `consulta` is `maria` at the provider."""
    gateway = await make_gateway(oidc_issuer=provider_url, oidc_client_secret=SECRET, oidc_redirect_uri=REDIRECT)
    status, _, problem = await gateway.call(
        "PUT", "/api/v1/users/consulta/external-identity", "admin", json={"external_subject": "maria"}
    )
    assert status == 204, problem
    return gateway
