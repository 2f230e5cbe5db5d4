"""Reading a service's audit chain: a page for auditors, and the check that nobody has touched it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.kit.access import Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Pool, Reader
from services.kit.pages import Key, Listing, Page, instant
from services.kit.spelling import Digits, Instant
from services.kit.writing import AUDIT_COLUMNS, GENESIS, chain_hash


def audit_listing(schema: str) -> Listing:
    """The audit rows of one chain, newest first."""
    columns = {name: name for name in AUDIT_COLUMNS} | {
        "occurred_at": instant("occurred_at"), "detail": "detail::json",
    }  # fmt: skip
    return Listing(
        columns={"chain": f"'{schema}'", **columns},
        source=f"{schema}.audit_events",
        keys={"position": Key("position", "bigint")},
        order="-position",
        unique="position",
    )


def filtered(listing: Listing, filters: Mapping[str, str | None]) -> Listing:
    """Narrows an audit listing. filters: columns and their value; `occurred_from` and `occurred_to` are instants."""
    for name, value in filters.items():
        bounds = {"occurred_from": ">=", "occurred_to": "<="}
        clause = f"occurred_at {bounds[name]} ({{}}::text)::timestamptz" if name in bounds else f"{name} = {{}}"
        listing.filter(clause, value)
    return listing


def written(instant: datetime | None) -> str | None:
    """A bound of a trail as `filtered` takes it."""
    return None if instant is None else instant.isoformat()


async def verify_chain(pool: Pool, schema: str, expected_head: str | None = None) -> dict[str, Any]:
    """Walks the whole chain. `expected_head` (`<position>:<hash>`, exported earlier) also finds a cut tail.

    Returns intact, checked (rows), head, and broken_at (first position that does not fit) or None.
    """
    previous, position, broken_at = GENESIS, 0, None
    seen_expected = expected_head is None or expected_head == f"0:{GENESIS}"
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        sql = f"SELECT {', '.join(AUDIT_COLUMNS)} FROM {schema}.audit_events ORDER BY position"
        async for row in connection.cursor(sql, prefetch=1000):
            fits = (
                row["position"] == position + 1
                and row["previous_hash"] == previous
                and chain_hash(previous, dict(row)) == row["hash"]
            )
            if not fits and broken_at is None:
                broken_at = row["position"]
            position, previous = row["position"], row["hash"]
            seen_expected = seen_expected or f"{position}:{previous}" == expected_head
    if not seen_expected and broken_at is None:
        broken_at = position + 1
    return {
        "intact": broken_at is None,
        "checked": position,
        "head": f"{position}:{previous}",
        "broken_at": broken_at,
    }


def trail_router(schema: str) -> APIRouter:
    router = APIRouter(tags=["internal"], include_in_schema=False)

    @router.get("/audit-events", dependencies=[Requires("internal:read")])
    async def list_audit_events(
        request: Request,
        reader: Reader,
        page: Page,
        actor: str | None = None,
        acting_for: str | None = None,
        action: str | None = None,
        dependencia: str | None = None,
        target: str | None = None,
        request_id: str | None = None,
        outcome: str | None = None,
        occurred_from: Instant | None = None,
        occurred_to: Instant | None = None,
        after: Annotated[Digits | None, Query(ge=0, description="Las filas que siguen a esta posición")] = None,
    ) -> Response:
        given = {
            "actor": actor,
            "acting_for": acting_for,
            "action": action,
            "dependencia": dependencia,
            "target": target,
            "request_id": request_id,
            "outcome": outcome,
            "occurred_from": written(occurred_from),
            "occurred_to": written(occurred_to),
        }
        await request.app.state.turned_away.flush()
        listing = filtered(audit_listing(schema), given)
        listing.filter(f"position {'>' if page.sort == 'position' else '<'} {{}}", after)
        return await listing.answer(reader, request, page)

    @router.get("/audit-events/verify", dependencies=[Requires("internal:read")])
    async def verify_audit_chain(
        request: Request, reader: Reader, head: Annotated[str | None, Query(max_length=100)] = None
    ) -> Response:
        await request.app.state.turned_away.flush()
        return Response(json_bytes(await verify_chain(reader, schema, head)), media_type=JSON_TYPE)

    return router
