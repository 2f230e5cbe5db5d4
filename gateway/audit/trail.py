"""The trails of all services as one list, newest first, and their verification."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from fastapi import Query, Response
from pydantic import BaseModel

from gateway.context import Context
from services.kit.access import Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.clients import PeerRefused, PeerUnavailable
from services.kit.database import Pool
from services.kit.pages import InvalidCursor, decode_cursor, encode_cursor, instant
from services.kit.problems import Unavailable
from services.kit.routing import router
from services.kit.trail import verify_chain
from services.kit.writing import AUDIT_COLUMNS

trail = router(tags=["audit"])
Chain = Literal["gateway", "orgchart", "plans", "indicators"]
CHAINS: Final[tuple[Chain, ...]] = get_args(Chain)
ORDER: Final = "audit"
SERVICE_ORDER: Final = "-position"
BEYOND_ALL: Final = 2**62
HEAD_PATTERN: Final = r"^[a-z]+:[0-9]+:[0-9a-f]{64}(,[a-z]+:[0-9]+:[0-9a-f]{64})*$"

Filter = Annotated[str | None, Query(max_length=200)]
Instant = Annotated[
    str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$")
]


class ChainVerdict(BaseModel):
    chain: str
    intact: bool
    checked: int
    head: str
    broken_at: int | None


class Verdict(BaseModel):
    intact: bool
    checked: int
    head: str
    chains: list[ChainVerdict]


@trail.get(
    "/audit-events", dependencies=[Requires("audit:read", everywhere=True)], summary="Bitácora de todos los servicios"
)
async def list_audit_trail(
    context: Context,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    chain: Annotated[list[Chain] | None, Query(max_length=4)] = None,
    actor: Filter = None,
    action: Filter = None,
    target: Filter = None,
    dependencia: Filter = None,
    outcome: Annotated[Literal["done", "refused"] | None, Query()] = None,
    occurred_from: Instant = None,
    occurred_to: Instant = None,
) -> Response:
    filters = {
        "actor": actor,
        "action": action,
        "target": target,
        "dependencia": dependencia,
        "outcome": outcome,
        "occurred_from": occurred_from,
        "occurred_to": occurred_to,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    before = _positions(cursor)
    chains = [name for name in CHAINS if chain is None or name in chain]
    pages = await asyncio.gather(*(_page(context, name, before[name], limit, given) for name in chains))
    merged = list(heapq.merge(*pages, key=lambda row: row["occurred_at"], reverse=True))
    for row in merged[:limit]:
        before[row["chain"]] = row["position"]
    more = len(merged) > limit or any(len(page) == limit for page in pages)
    next_cursor = encode_cursor(ORDER, [str(before[name]) for name in CHAINS]) if more else None
    return Response(json_bytes({"items": merged[:limit], "next_cursor": next_cursor}), media_type=JSON_TYPE)


def _positions(cursor: str | None) -> dict[str, int]:
    if cursor is None:
        return dict.fromkeys(CHAINS, BEYOND_ALL)
    values = decode_cursor(cursor, ORDER, len(CHAINS))
    if not all(value.isdigit() and len(value) < 20 for value in values):
        raise InvalidCursor
    return {name: min(int(value), BEYOND_ALL) for name, value in zip(CHAINS, values, strict=True)}


async def _page(
    context: Context, chain: str, before: int, limit: int, filters: Mapping[str, str]
) -> list[dict[str, Any]]:
    if chain == "gateway":
        return await _own_page(context.database.pool, before, limit, filters)
    params = {**filters, "limit": limit, "cursor": encode_cursor(SERVICE_ORDER, [str(before)])}
    try:
        page = await context.peers[chain].get("/audit-events", params=params)
    except (PeerUnavailable, PeerRefused) as error:
        raise Unavailable from error
    items: list[dict[str, Any]] = page["items"]
    return items


async def _own_page(pool: Pool, before: int, limit: int, filters: Mapping[str, str]) -> list[dict[str, Any]]:
    shown = {name: name for name in AUDIT_COLUMNS} | {
        "occurred_at": instant("occurred_at"),
        "detail": "detail::json",
        "chain": "'gateway'",
    }
    columns = ", ".join(f"'{name}', {sql}" for name, sql in shown.items())
    clauses = ["position < $1"]
    values: list[Any] = [before]
    for name, value in filters.items():
        values.append(value)
        if name in ("occurred_from", "occurred_to"):
            sign = ">=" if name == "occurred_from" else "<="
            clauses.append(f"occurred_at {sign} (${len(values)}::text)::timestamptz")
        else:
            clauses.append(f"{name} = ${len(values)}")
    sql = f"""SELECT json_build_object({columns})::text FROM gateway.audit_events
              WHERE {" AND ".join(clauses)} ORDER BY position DESC LIMIT {limit}"""
    return [msgspec.json.decode(row[0]) for row in await pool.fetch(sql, *values)]


@trail.get(
    "/audit-events/verify",
    dependencies=[Requires("audit:read", everywhere=True)],
    response_model=Verdict,
    summary="Verificar que nadie alteró la bitácora",
)
async def verify_audit_trail(
    context: Context,
    head: Annotated[
        str | None,
        Query(max_length=500, pattern=HEAD_PATTERN, description="`head` de una verificación anterior"),
    ] = None,
) -> Response:
    """Walks every chain whole. With an earlier `head` it also finds a tail that was cut off."""
    expected = dict(part.split(":", 1) for part in head.split(",")) if head else {}
    verdicts = await asyncio.gather(*(_verify(context, chain, expected.get(chain)) for chain in CHAINS))
    body = {
        "intact": all(verdict["intact"] for verdict in verdicts),
        "checked": sum(verdict["checked"] for verdict in verdicts),
        "head": ",".join(f"{verdict['chain']}:{verdict['head']}" for verdict in verdicts),
        "chains": verdicts,
    }
    return Response(json_bytes(body), media_type=JSON_TYPE)


async def _verify(context: Context, chain: str, expected: str | None) -> dict[str, Any]:
    if chain == "gateway":
        return {"chain": chain, **await verify_chain(context.database.pool, chain, expected)}
    params = {"head": expected} if expected is not None else {}
    try:
        verdict = await context.peers[chain].get("/audit-events/verify", params=params, deadline_s=25)
    except (PeerUnavailable, PeerRefused) as error:
        raise Unavailable from error
    return {"chain": chain, **verdict}
