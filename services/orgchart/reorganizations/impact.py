"""What a reorganisation touches: the tree before and after, and what hangs on the units in other services."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fastapi import FastAPI

from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient, post_as_service
from services.kit.database import Connection, Pool
from services.orgchart.domain.organisation import Organisation, Version
from services.orgchart.domain.reorganisation import Outcome
from services.orgchart.settings import Settings

ONE_DAY = timedelta(days=1)
# A closed plan asks nothing more of anybody.
_FINISHED = frozenset({"closed", "rejected"})
_PARALLEL = 8


@dataclass(slots=True)
class Hanging:
    """What hangs on units elsewhere. `available` is False for a service that did not answer."""

    available: dict[str, bool] = field(default_factory=dict)
    items: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, code: str, name: str, count: int) -> None:
        if count:
            self.items.setdefault(code, {})[name] = self.items.get(code, {}).get(name, 0) + count

    @property
    def open_items(self) -> frozenset[str]:
        """Units with objectives, projects or assignments of plans that still run. Grants and posts just end."""
        kinds = {"objectives", "projects", "assignments"}
        return frozenset(code for code, counts in self.items.items() if kinds & counts.keys())

    def document(self) -> dict[str, Any]:
        return {
            "services": [{"service": name, "available": ok} for name, ok in sorted(self.available.items())],
            "items": [{"dependencia": code, **counts} for code, counts in sorted(self.items.items())],
        }


async def hanging_on(app: FastAPI, codes: Sequence[str], effective: date) -> Hanging:
    """Asks plans, indicators and gateway. A service that is not configured or does not answer is marked as such."""
    found = Hanging()
    asked = {
        "plans": _plans(app, codes, effective, found),
        "indicators": _indicators(app, codes, effective, found),
        "gateway": _gateway(app, codes, found),
    }
    answers = await asyncio.gather(*asked.values(), return_exceptions=True)
    for name, result in zip(asked, answers, strict=True):
        if isinstance(result, BaseException) and not isinstance(result, PeerRefused | PeerUnavailable):
            raise result
        found.available[name] = not isinstance(result, BaseException)
    return found


async def _running_plans(app: FastAPI, effective: date) -> list[str]:
    plans: ServiceClient | None = app.state.clients.get("plans")
    if plans is None:
        raise PeerUnavailable("plans is not configured")
    page = await plans.get("/api/v1/plans", params={"limit": 500})
    return [
        plan["code"]
        for plan in page["items"]
        if plan["status"] not in _FINISHED and str(plan["period_to"]) >= effective.isoformat()
    ]


async def _plans(app: FastAPI, codes: Sequence[str], effective: date, found: Hanging) -> None:
    running = await _running_plans(app, effective)
    client: ServiceClient = app.state.clients["plans"]
    for plan in running:
        await _count(client, "/api/v1/objectives", "dependencia", codes, {"plan": plan}, "objectives", found)
        await _count(client, "/api/v1/projects", "owner", codes, {"plan": plan}, "projects", found)


async def _indicators(app: FastAPI, codes: Sequence[str], effective: date, found: Hanging) -> None:
    client: ServiceClient | None = app.state.clients.get("indicators")
    if client is None:
        raise PeerUnavailable("indicators is not configured")
    for plan in await _running_plans(app, effective):
        await _count(client, "/api/v1/assignments", "dependencia", codes, {"plan": plan}, "assignments", found)


async def _count(
    client: ServiceClient,
    path: str,
    name: str,
    codes: Iterable[str],
    rest: Mapping[str, Any],
    kind: str,
    found: Hanging,
) -> None:
    gate = asyncio.Semaphore(_PARALLEL)

    async def one(code: str) -> None:
        async with gate:
            page = await client.get(path, params={name: code, "limit": 1, "include_total": "true", **rest})
            found.add(code, kind, page["total"])

    await asyncio.gather(*(one(code) for code in codes))


async def _gateway(app: FastAPI, codes: Sequence[str], found: Hanging) -> None:
    settings: Settings = app.state.settings
    answer = await post_as_service(
        f"{settings.gateway_url}/internal/dependencia-grants",
        {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
            "dependencias": list(codes),
        },
    )
    for item in answer["items"]:
        found.add(item["dependencia"], "grants", item["grants"])


async def appointments_on(connection: Connection | Pool, ids: Sequence[int], effective: date) -> dict[str, int]:
    """Appointments that would still run on the date, by dependencia."""
    rows = await connection.fetch(
        """SELECT d.code, count(*) AS running FROM orgchart.appointments a
           JOIN orgchart.posts p ON p.id = a.post_id JOIN orgchart.dependencias d ON d.id = p.dependencia_id
           WHERE p.dependencia_id = ANY($1::bigint[]) AND a.revoked_at IS NULL
             AND (a.valid_to IS NULL OR a.valid_to >= $2)
           GROUP BY d.code""",
        list(ids),
        effective,
    )
    return {row["code"]: row["running"] for row in rows}


def impact_document(before: Organisation, outcome: Outcome, effective: date, hanging: Hanging) -> dict[str, Any]:
    """What changes, unit by unit; the affected branches before and after; who follows whom; what hangs elsewhere."""
    day_before = effective - ONE_DAY
    return {
        "units": [
            {
                "code": code,
                "change": _change(outcome, code),
                "before": _facts(before[code].on(day_before)) if code in before else None,
                "after": _facts(outcome.organisation[code].on(effective)),
            }
            for code in outcome.touched
        ],
        "tree_before": branches(before, outcome.touched, day_before),
        "tree_after": branches(outcome.organisation, outcome.touched, effective),
        "successions": [
            {"predecessor": s.predecessor, "successor": s.successor, "share": str(s.share)} for s in outcome.successions
        ],
        "hanging": hanging.document(),
    }


def _change(outcome: Outcome, code: str) -> str:
    if code in outcome.ended:
        return "ended"
    last = outcome.organisation[code].last
    return "created" if code in outcome.created else (last.operation if last else "ended")


def _facts(version: Version | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "name": version.name,
        "kind": version.kind,
        "parent": version.parent,
        "numeral": version.numeral,
        "management_level": version.management_level,
        "province": version.province,
        "technical_parent": version.technical_parent,
    }


def branches(organisation: Organisation, touched: Iterable[str], day: date) -> dict[str, Any] | None:
    """The tree of a day, pruned to the touched units, what is above them and what hangs directly below."""
    living = {code: v for code, unit in organisation.items() if (v := unit.on(day)) is not None}
    wanted = {code for code in touched if code in living}
    kept = set(wanted) | {code for code, version in living.items() if version.parent in wanted}
    for code in wanted:
        parent = living[code].parent
        while parent is not None and parent in living:
            kept.add(parent)
            parent = living[parent].parent
    roots = sorted(code for code in kept if living[code].parent is None)
    return _node(living, kept, roots[0]) if roots else None


def _node(living: Mapping[str, Version], kept: set[str], code: str) -> dict[str, Any]:
    inside = sorted(child for child in kept if living[child].parent == code)
    version = living[code]
    return {
        "code": code,
        "name": version.name,
        "kind": version.kind,
        "children": [_node(living, kept, child) for child in inside],
    }
