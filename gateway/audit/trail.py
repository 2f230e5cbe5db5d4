"""The trails of all services as one list, newest first, and their verification."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from fastapi import Query, Request, Response
from pydantic import BaseModel

from gateway.context import Context, GatewayContext
from services.kit import exports
from services.kit.access import Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.clients import PeerRefused, PeerUnavailable
from services.kit.computed import wanted_fields
from services.kit.pages import InvalidCursor, Page, UnknownSort, decode_cursor, encode_cursor, mark_of
from services.kit.problems import FieldError, Invalid, Unavailable
from services.kit.routing import router
from services.kit.shapes import Listed
from services.kit.spelling import Instant
from services.kit.trail import audit_listing, filtered, verify_chain, written

trail = router(tags=["audit"])
Chain = Literal["gateway", "orgchart", "plans", "indicators"]
CHAINS: Final[tuple[Chain, ...]] = get_args(Chain)
NAMES: Final = tuple(audit_listing("gateway").columns)
LARGEST: Final = 500
BEYOND_ALL: Final = 2**62
_ONE_HEAD: Final = f"({'|'.join(CHAINS)}):[0-9]+:[0-9a-f]{{64}}"
HEAD_PATTERN: Final = f"^{_ONE_HEAD}(,{_ONE_HEAD})*$"

Filter = Annotated[str | None, Query(max_length=200)]

Row = dict[str, Any]
Positions = dict[str, int]


class AuditEvent(BaseModel):
    chain: str
    position: int
    id: str
    occurred_at: datetime
    actor: str
    acting_for: str | None
    action: str
    target: str
    dependencia: str | None
    request_id: str | None
    reason: str | None
    before_digest: str | None
    after_digest: str | None
    outcome: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class AuditEvents(Listed[AuditEvent]):
    pass


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
    "/audit-events",
    dependencies=[Requires("audit:read", everywhere=True)],
    response_model=AuditEvents,
    summary="Bitácora de todos los servicios",
)
async def list_audit_trail(
    request: Request,
    context: Context,
    page: Page,
    chain: Annotated[list[Chain] | None, Query(max_length=4)] = None,
    actor: Filter = None,
    acting_for: Filter = None,
    action: Filter = None,
    target: Filter = None,
    dependencia: Filter = None,
    request_id: Filter = None,
    outcome: Annotated[Literal["done", "refused"] | None, Query()] = None,
    occurred_from: Instant | None = None,
    occurred_to: Instant | None = None,
) -> Response:
    """Lo último primero; `sort=occurred_at` desde el principio. CSV y NDJSON entregan la bitácora entera."""
    filters = {
        "actor": actor,
        "acting_for": acting_for,
        "action": action,
        "target": target,
        "dependencia": dependencia,
        "request_id": request_id,
        "outcome": outcome,
        "occurred_from": written(occurred_from),
        "occurred_to": written(occurred_to),
    }
    await _written_down(request)
    given = {name: value for name, value in filters.items() if value is not None}
    chains = [name for name in CHAINS if chain is None or name in chain]
    columns = wanted_fields(page.fields, NAMES)
    descending = _is_descending(page.sort)
    mark = mark_of(request, "-occurred_at" if descending else "occurred_at")
    asked = Asked(context, chains, given, descending, mark)
    if (kind := exports.wanted(request)) != exports.JSON:
        batches = _all(asked, columns, await _merged(asked, asked.start(), LARGEST))
        return exports.streamed(request, kind, columns, batches)
    items, positions = await _merged(asked, asked.positions(page.cursor), page.limit)
    body: dict[str, Any] = {"items": [_sparse(row, columns) for row in items], "next_cursor": asked.cursor(positions)}
    if page.include_total:
        body["total"] = sum(await asyncio.gather(*(_count(context, name, given) for name in chains)))
    return Response(json_bytes(body), media_type=JSON_TYPE)


async def _written_down(request: Request) -> None:
    """What was refused until now is in the trail that is about to be read; other services see to theirs."""
    await request.app.state.turned_away.flush()
    await request.app.state.refusals.flush()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of which chains, in which direction."""

    context: GatewayContext
    chains: Sequence[Chain]
    filters: Mapping[str, str]
    descending: bool
    mark: str

    def start(self) -> Positions:
        return dict.fromkeys(CHAINS, BEYOND_ALL if self.descending else 0)

    def positions(self, cursor: str | None) -> Positions:
        """Where each chain goes on. Raises InvalidCursor."""
        if cursor is None:
            return self.start()
        values = decode_cursor(cursor, self.mark, len(CHAINS))
        if not all(value.isdigit() and len(value) < 20 for value in values):
            raise InvalidCursor
        return {name: min(int(value), BEYOND_ALL) for name, value in zip(CHAINS, values, strict=True)}

    def cursor(self, positions: Positions | None) -> str | None:
        return encode_cursor(self.mark, [str(positions[name]) for name in CHAINS]) if positions is not None else None


def _is_descending(sort: str | None) -> bool:
    if sort not in (None, "occurred_at", "-occurred_at"):
        detail = f"No se puede ordenar por «{sort}». Claves: occurred_at."
        raise UnknownSort(detail, errors=[FieldError("query/sort", UnknownSort.code, detail)])
    return sort != "occurred_at"


async def _merged(asked: Asked, positions: Positions, limit: int) -> tuple[list[Row], Positions | None]:
    """The next rows of all chains, and where to go on; None at the end."""
    pages = await asyncio.gather(*(_page(asked, name, positions[name], limit) for name in asked.chains))
    merged = list(heapq.merge(*pages, key=lambda row: row["occurred_at"], reverse=asked.descending))
    after = dict(positions)
    for row in merged[:limit]:
        after[row["chain"]] = row["position"]
    more = len(merged) > limit or any(len(page) == limit for page in pages)
    return merged[:limit], after if more else None


async def _all(
    asked: Asked, columns: Sequence[str], first: tuple[list[Row], Positions | None]
) -> AsyncIterator[list[str]]:
    """Every row as JSON, a page at a time; the first page was read before the answer began."""
    rows, positions = first
    while rows:
        yield [json_bytes(_sparse(row, columns)).decode() for row in rows]
        rows, positions = await _merged(asked, positions, LARGEST) if positions is not None else ([], None)


def _sparse(row: Row, columns: Sequence[str]) -> Row:
    return {name: row[name] for name in columns}


async def _page(asked: Asked, chain: str, position: int, limit: int) -> list[Row]:
    if chain == "gateway":
        return await _own_page(asked, position, limit)
    sort = "-position" if asked.descending else "position"
    params = {**asked.filters, "limit": limit, "sort": sort, "after": position}
    items: list[Row] = (await _ask(asked.context, chain, params))["items"]
    return items


async def _ask(context: GatewayContext, chain: str, params: Mapping[str, Any]) -> dict[str, Any]:
    try:
        page: dict[str, Any] = await context.peers[chain].get("/audit-events", params=params)
    except (PeerUnavailable, PeerRefused) as error:
        raise Unavailable from error
    return page


async def _own_page(asked: Asked, position: int, limit: int) -> list[Row]:
    listing = filtered(audit_listing("gateway"), asked.filters)
    listing.where(f"position {'<' if asked.descending else '>'} {{}}", position)
    columns = ", ".join(f"'{name}', {sql}" for name, sql in listing.columns.items())
    sql = f"""SELECT json_build_object({columns})::text FROM {listing.source} WHERE {" AND ".join(listing.clauses)}
              ORDER BY position {"DESC" if asked.descending else ""} LIMIT {limit}"""
    rows = await asked.context.database.pool.fetch(sql, *listing.arguments)
    return [msgspec.json.decode(row[0]) for row in rows]


async def _count(context: GatewayContext, chain: str, filters: Mapping[str, str]) -> int:
    if chain != "gateway":
        total: int = (await _ask(context, chain, {**filters, "limit": 1, "include_total": "true"}))["total"]
        return total
    listing = filtered(audit_listing(chain), filters)
    where = " AND ".join(["true", *listing.clauses])
    count: int = await context.database.pool.fetchval(
        f"SELECT count(*) FROM {listing.source} WHERE {where}", *listing.arguments
    )
    return count


@trail.get(
    "/audit-events/verify",
    dependencies=[Requires("audit:read", everywhere=True)],
    response_model=Verdict,
    summary="Verificar que nadie alteró la bitácora",
)
async def verify_audit_trail(
    request: Request,
    context: Context,
    head: Annotated[
        str | None,
        Query(max_length=500, pattern=HEAD_PATTERN, description="`head` de una verificación anterior"),
    ] = None,
) -> Response:
    """Recorre cada cadena entera; con un `head` anterior descubre también si se le cortó el final."""
    await _written_down(request)
    parts = head.split(",") if head else []
    expected = dict(part.split(":", 1) for part in parts)
    if len(expected) < len(parts):
        # Only one of them would be looked for, and the other believed to have been found.
        raise Invalid(errors=[FieldError("query/head", "invalid-value", "Una cadena aparece dos veces.")])
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
