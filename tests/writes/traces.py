"""What a request left in the databases: rows of the trail and the feed, and which tables hold anything new."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from services.kit.collecting import REFUSAL
from tests.writes.world import SERVICES, Writers

# What followers keep: they write when the organisation's events reach them, not when a call is made.
KEPT_BY_FOLLOWERS: Final = ("org_", "summar", "reorganization_acknowledgements")
ROWS_OF_EVERY_WRITE: Final = frozenset({"audit_events", "events", "idempotency_keys"})
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE'"
Traces = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Left:
    """audit, events and keys: rows of one request; transactions: the numbers of those that wrote the audit rows."""

    service: str
    audit: list[dict[str, Any]]
    events: list[dict[str, Any]]
    keys: list[dict[str, Any]]
    transactions: frozenset[int]


async def traces(writers: Writers) -> Traces:
    """How many rows each table holds and which transaction wrote the newest: any committed change moves one of them."""
    found = await asyncio.gather(*(_traces_of(writers, service) for service in SERVICES))
    return {name: trace for one in found for name, trace in one.items()}


async def _traces_of(writers: Writers, service: str) -> Traces:
    tables = [row[0] for row in await writers.run(service, _TABLES, service)]
    sql = " UNION ALL ".join(
        f"SELECT '{service}.{table}', count(*), coalesce(max(xmin::text::bigint), 0) FROM {service}.{table}"
        # Refusals are told apart: they are written when nothing else is (`refusals_of`).
        + (f" WHERE action <> '{REFUSAL}'" if table == "audit_events" else "")
        for table in tables
        if not table.startswith(KEPT_BY_FOLLOWERS)
    )
    return {row[0]: (row[1], row[2]) for row in await writers.run(service, sql)}


def moved(before: Traces, after: Traces) -> set[str]:
    return {name for name in after if after[name] != before.get(name)}


def strangers(before: Traces, after: Traces, left: Left) -> set[str]:
    """Tables of the service that another transaction wrote to: other services follow. A removal leaves no number."""
    own = {name for name in moved(before, after) if name.startswith(f"{left.service}.")}
    return {name for name in own if after[name][1] > before[name][1] and after[name][1] not in left.transactions}


async def left_by(writers: Writers, request_id: str) -> list[Left]:
    """What the transactions of a request left, by service. Events and keys are found by the transaction's number."""
    return [left for service in SERVICES if (left := await _left_in(writers, service, request_id)).audit]


async def _left_in(writers: Writers, service: str, request_id: str) -> Left:
    sql = f"SELECT xmin::text AS wrote, * FROM {service}.audit_events WHERE request_id = $1 ORDER BY position"
    audit = [dict(row) for row in await writers.run(service, sql, request_id)]
    wrote = sorted({row.pop("wrote") for row in audit})
    events, keys = [], []
    if wrote:
        same = "WHERE xmin::text = ANY($1::text[])"
        events = [dict(row) for row in await writers.run(service, f"SELECT * FROM {service}.events {same}", wrote)]
        sql = f"SELECT *, encode(body, 'escape') AS shown FROM {service}.idempotency_keys {same}"
        keys = [dict(row) for row in await writers.run(service, sql, wrote)]
    return Left(service, audit, events, keys, frozenset(map(int, wrote)))


async def refusals_of(writers: Writers, *request_ids: str) -> list[dict[str, Any]]:
    """Rows of the trail that say these requests were refused, by whichever service."""
    rows: list[dict[str, Any]] = []
    for service in SERVICES:
        await writers.write_refusals_down(service)
        sql = f"""SELECT actor, acting_for, action, target, dependencia, request_id, reason, outcome
                  FROM {service}.audit_events WHERE request_id = ANY($1::text[]) ORDER BY position"""
        rows += [dict(row) for row in await writers.run(service, sql, list(request_ids))]
    return rows
