"""The gateway's toll: the same call through it with full authentication, and straight to the service."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from functools import partial
from itertools import permutations, repeat

from benchmarks.harness import Floor, Suite
from benchmarks.installation import Installation, rival
from benchmarks.load import load

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
    at_once = partial(load, connections=CONNECTIONS)
    with rival("gateway_httpx:app", environment) as theirs:
        yield Suite(
            name=f"gateway: the edge, {CONNECTIONS} connections",
            cases={
                "direct": at_once(direct, asked, inner, 200),
                "through the gateway": at_once(gateway, asked, outer, 200),
                "direct, from memory": at_once(direct, repeat(REMEMBERED), inner, 1_000),
                "through the gateway, from memory": at_once(gateway, repeat(REMEMBERED), outer, 1_000),
                "through FastAPI + httpx, from memory": at_once(theirs, repeat(REMEMBERED), outer, 60),
            },
            floors=[
                Floor("gateway / direct, a call that reads the database", "direct", "through the gateway", 0.60),
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
                    0.60,
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
