"""The merged change feed: every service's events in order, those that the caller may see."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import Query, Response
from pydantic import BaseModel, Field

from gateway.context import Context
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.clients import PeerRefused, PeerUnavailable
from services.kit.computed import wanted_fields
from services.kit.database import Pool, Reader
from services.kit.feed import count_events, read_events
from services.kit.pages import InvalidCursor, Page, UnknownSort, decode_cursor, encode_cursor
from services.kit.problems import FieldError, Unavailable
from services.kit.routing import router
from services.kit.scope import reachable_ids
from services.kit.shapes import Listed

events = router(tags=["events"])
SOURCES: Final = ("gateway", "orgchart", "plans", "indicators")
ORDER: Final = "events"
NAMES: Final = ("specversion", "id", "source", "type", "subject", "dependencia", "time", "position", "data")

# Which permission shows events of a kind. A kind that nobody listed is shown to nobody but those who audit.
SHOWN_BY: Final = {
    "dependencia": "organisation:read",
    "rof": "organisation:read",
    "resolution": "organisation:read",
    "reorganization": "organisation:read",
    "appointment": "appointment:read",
    "plan": "plan:read",
    "objective": "plan:read",
    "project": "project:read",
    "budget-execution": "budget:read",
    "indicator": "indicator:read",
    "policy": "policy:read",
    "calendar": "calendar:read",
    "assignment": "assignment:read",
    "target": "assignment:read",
    "targets": "assignment:read",
    "pac-line": "pac:read",
    "pac-reform": "pac:read",
    "measurements": "measurement:read",
}
OTHERWISE: Final = "audit:read"
# A plan is everybody's once it is approved. Before, and what a reform is being prepared to change, it is of those who
# work on the plans of its dependencia; any of these permissions is enough.
PLANNING: Final = ("plan", "objective", "strategy")
APPROVED: Final = frozenset(
    {"plan.loaded", "plan.approved", "plan.in_execution", "plan.closed", "plan.reform-approved"}
)
DRAFTED: Final = frozenset({"project.created", "project.changed", "project.removed"})
WORKS_ON_PLANS: Final = "plan:write plan:submit plan:validate plan:approve plan:observe audit:read"
# Who occupies a post is public; the accounts people sign in with are for those who may read persons there.
ACCOUNTS_SHOWN_BY: Final = "person:read"
ACCOUNTS: Final = {"appointment": ("subject", "in_place_of")}


class ChangeEvent(BaseModel):
    specversion: str
    id: str
    source: str
    type: str
    subject: str
    dependencia: str | None
    time: str
    position: int
    data: dict[str, Any]


class ChangeEvents(Listed[ChangeEvent]):
    position: str = Field(description="desde dónde seguir: `after` de la próxima llamada, también en la última página")


@events.get("/events", response_model=ChangeEvents, summary="Cambios de todos los servicios, en orden")
async def list_events(
    caller: Annotated[Caller, Requires("organisation:read")],
    context: Context,
    reader: Reader,
    page: Page,
    after: Annotated[str | None, Query(max_length=500, description="`position` de la respuesta anterior")] = None,
) -> Response:
    """Cada servicio conserva su orden; una página puede traer menos de `limit` si las demás no son de quien pregunta.

    Hay un orden, `time`, y un sentido; `after` y `cursor` son lo mismo.
    """
    if after is not None and page.cursor is not None:
        raise InvalidCursor("Envíe after o cursor, no los dos.")
    _refuse_other_orders(page.sort)
    columns, limit = wanted_fields(page.fields, NAMES), page.limit
    positions = _positions(after or page.cursor)
    pages = await asyncio.gather(*(_page(context, name, positions[name], limit) for name in SOURCES))
    merged = list(heapq.merge(*pages, key=lambda event: event["time"]))[:limit]
    for event in merged:
        positions[event["source"].strip("/")] = event["position"]
    shown = await visible(reader, caller, merged)
    position = encode_cursor(ORDER, [str(positions[name]) for name in SOURCES])
    more = len(merged) == limit
    items = [{name: event[name] for name in columns} for event in shown]
    body: dict[str, Any] = {"items": items, "next_cursor": position if more else None, "position": position}
    if page.include_total:
        body["total"] = await _count(context, reader, caller)
    return Response(json_bytes(body), media_type=JSON_TYPE, headers={"Cache-Control": "private, no-store"})


def _refuse_other_orders(sort: str | None) -> None:
    if sort not in (None, "time"):
        detail = f"No se puede ordenar por «{sort}»: los cambios se siguen en su orden (time)."
        raise UnknownSort(detail, errors=[FieldError("query/sort", UnknownSort.code, detail)])


async def _count(context: Context, reader: Pool, caller: Caller) -> int:
    """All events that the caller may see, whatever the page: counted by type and dependencia, not read."""
    groups = await asyncio.gather(*(_counts(context, source) for source in SOURCES))
    events_of = [{"type": type_, "dependencia": code, "count": count} for rows in groups for type_, code, count in rows]
    reach = {p: await _codes_in_reach(reader, caller, p) for p in {permission_for(event) for event in events_of}}
    return sum(event["count"] for event in events_of if _shows(event, reach[permission_for(event)]))


async def _counts(context: Context, source: str) -> list[Any]:
    if source == "gateway":
        return await count_events(context.database.pool, source)
    try:
        rows: list[Any] = (await context.peers[source].get("/feed/counts"))["items"]
    except (PeerUnavailable, PeerRefused) as error:
        raise Unavailable from error
    return rows


def _positions(after: str | None) -> dict[str, int]:
    if after is None:
        return dict.fromkeys(SOURCES, 0)
    values = decode_cursor(after, ORDER, len(SOURCES))
    if not all(value.isdigit() and len(value) < 19 for value in values):
        raise InvalidCursor
    return {name: int(value) for name, value in zip(SOURCES, values, strict=True)}


async def _page(context: Context, source: str, after: int, limit: int) -> list[dict[str, Any]]:
    if source == "gateway":
        items, _ = await read_events(context.database.pool, source, after, limit)
        return [msgspec.json.decode(item) for item in items]
    try:
        page = await context.peers[source].get("/feed", params={"after": after, "limit": limit})
    except (PeerUnavailable, PeerRefused) as error:
        # Leaving a service out would hide events for good from a reader that only moves forward.
        raise Unavailable from error
    items_of: list[dict[str, Any]] = page["items"]
    return items_of


async def visible(pool: Pool, caller: Caller, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events whose kind and dependencia the caller may read."""
    reach: dict[str, frozenset[str] | None] = {}
    for permission in {permission_for(event) for event in items}:
        reach[permission] = await _codes_in_reach(pool, caller, permission)
    shown = [event for event in items if _shows(event, reach[permission_for(event)])]
    if not any(_kind(event) in ACCOUNTS for event in shown):
        return shown
    persons = await _codes_in_reach(pool, caller, ACCOUNTS_SHOWN_BY)
    return [event if _shows(event, persons) else without_accounts(event) for event in shown]


def without_accounts(event: dict[str, Any]) -> dict[str, Any]:
    """The event with nobody's account in it."""
    hidden = dict.fromkeys(ACCOUNTS.get(_kind(event), ()))
    return {**event, "data": {**event["data"], **hidden}} if hidden else event


def permission_for(event: Mapping[str, Any]) -> str:
    """What shows an event; several, separated by blanks, when each of them does."""
    kind = _kind(event)
    # Calendars are everybody's; an exception or exemption is of a dependencia, and tells of its measurements.
    if kind == "calendar" and event["dependencia"] is not None:
        return SHOWN_BY["measurements"]
    if (kind in PLANNING and event["type"] not in APPROVED) or event["type"] in DRAFTED:
        return WORKS_ON_PLANS
    return SHOWN_BY.get(kind, OTHERWISE)


def _kind(event: Mapping[str, Any]) -> str:
    return str(event["type"]).partition(".")[0]


def _shows(event: Mapping[str, Any], codes: frozenset[str] | None) -> bool:
    return codes is None or event["dependencia"] in codes


async def _codes_in_reach(pool: Pool, caller: Caller, permission: str) -> frozenset[str] | None:
    ids: list[int] = []
    for one in permission.split():
        reached = await reachable_ids(pool, caller, one, "gateway")
        if reached is None:
            return None
        ids += reached
    rows = await pool.fetch("SELECT code FROM gateway.org_units WHERE id = ANY($1::bigint[])", ids)
    return frozenset(row["code"] for row in rows)
