"""The gateway's toll: the same call through it with full authentication, and straight to the service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator
from itertools import permutations, repeat
from urllib.parse import urlsplit

from benchmarks.harness import Action, Floor, Suite
from benchmarks.installation import Installation, rival

CONNECTIONS = 16
FIELDS = ("code", "plan", "dependencia", "indicator", "statement", "frequency", "unit", "direction", "targets", "level")
REMEMBERED = "/api/v1/assignments?plan=POA-2019&limit=50"


@contextlib.contextmanager
def suite(installation: Installation) -> Iterator[Suite]:
    inner = installation.inner_token("indicators", "assignment:read")
    outer = sign_in(installation)
    direct, gateway = installation.urls["indicators"], installation.urls["gateway"]
    environment = {
        "RIVAL_DATABASE_URL": installation.database("gateway"),
        "RIVAL_KEYS_FILE": str(installation.home / "signing-keys.json"),
        "RIVAL_UPSTREAM": direct,
    }
    asked = lists_of_assignments()
    with rival("gateway_httpx:app", environment) as theirs:
        yield Suite(
            name=f"gateway: the edge, {CONNECTIONS} connections",
            cases={
                "direct": load(direct, asked, inner, 200),
                "through the gateway": load(gateway, asked, outer, 200),
                "direct, from memory": load(direct, repeat(REMEMBERED), inner, 1_000),
                "through the gateway, from memory": load(gateway, repeat(REMEMBERED), outer, 1_000),
                "through FastAPI + httpx, from memory": load(theirs, repeat(REMEMBERED), outer, 60),
            },
            floors=[
                Floor("gateway / direct, a call that reads the database", "direct", "through the gateway", 0.60),
                # An answer from memory costs the service less than any forwarding: what is compared is the toll itself.
                Floor(
                    "gateway / FastAPI + httpx",
                    "through FastAPI + httpx, from memory",
                    "through the gateway, from memory",
                    12,
                ),
                Floor(
                    "gateway / direct, an answer from memory",
                    "direct, from memory",
                    "through the gateway, from memory",
                    0.30,
                ),
            ],
            control="direct",
        )


def lists_of_assignments() -> Iterator[str]:
    """The same list of 50 with its fields in ever another order: the service reads its database every time."""
    return (f"/api/v1/assignments?plan=POA-2019&limit=50&fields={','.join(order)}" for order in permutations(FIELDS))


def sign_in(installation: Installation) -> str:
    body = json.dumps({"username": "consulta", "password": installation.credentials()["users"]["consulta"]}).encode()
    request = urllib.request.Request(
        installation.urls["gateway"] + "/api/v1/auth/login", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["access_token"])


def load(base_url: str, paths: Iterator[str], token: str, times: int) -> Action:
    """An action: `times` GETs over CONNECTIONS keep-alive connections at once. Seconds per request."""
    address = urlsplit(base_url)
    rest = f" HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"

    async def connection(share: list[int]) -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 20)
        while share[0] > 0:
            share[0] -= 1
            path = next(paths)
            writer.write(f"GET {path}{rest}".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{path}: {head[:200]!r}")
            await reader.readexactly(_length(head))
        writer.close()

    async def run() -> None:
        share = [times]
        await asyncio.gather(*(connection(share) for _ in range(CONNECTIONS)))

    def act() -> float:
        started = time.perf_counter()
        asyncio.run(run())
        return (time.perf_counter() - started) / times

    return act


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    return int(lower[start : lower.index(b"\r\n", start)])
