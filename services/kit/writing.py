"""The end of every write: feed and audit rows in the business transaction, in commit order.

The lock makes positions commit in order and without gaps: whoever reads `position > last` misses nothing. Without it
a slow transaction commits a lower number after a reader has passed it (15 % of events lost in a measured trial).
It is taken last, so that the work itself runs in parallel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.kit.auditing import Note, acting_for, current_note, digests
from services.kit.database import Connection

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """A change others may follow. type: `dependencia.changed`; subject: the code of what changed."""

    type: str
    subject: str
    data: Mapping[str, Any]
    dependencia: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did what to what. No secret and no personal data beyond the subject's account."""

    actor: str
    action: str
    target: str
    dependencia: str | None = None
    acting_for: str | None = None
    request_id: str | None = None
    reason: str | None = None
    before_digest: str | None = None
    after_digest: str | None = None
    outcome: str = "done"
    detail: Mapping[str, Any] = field(default_factory=dict)


AUDIT_COLUMNS = (
    "position", "id", "occurred_at", "actor", "acting_for", "action", "target", "dependencia", "request_id", "reason",
    "before_digest", "after_digest", "outcome", "detail", "previous_hash", "hash",
)  # fmt: skip


def digest(document: Any) -> str:
    """SHA-256 of the canonical JSON of plain data: what an audit row keeps instead of the data itself."""
    return hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def canonical_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def chain_hash(previous: str, row: Mapping[str, Any]) -> str:
    """Hash of an audit row over its predecessor's. row: its columns; the two hash columns are not read."""
    ordered = [row[name] for name in AUDIT_COLUMNS[:-2]]
    plain = [canonical_instant(v) if isinstance(v, datetime) else str(v) if isinstance(v, UUID) else v for v in ordered]
    return hashlib.sha256(previous.encode() + msgspec.json.encode(plain)).hexdigest()


async def seal(
    connection: Connection,
    schema: str,
    *,
    now: datetime,
    events: Sequence[Event] = (),
    audit: Sequence[Audit] = (),
) -> int | None:
    """Appends feed and audit rows as the last statements of the transaction. Returns the last feed position written."""
    if not events and not audit:
        return None
    note = current_note()
    if note is not None:
        audit = [await _completed(connection, schema, note, entry) for entry in audit]
        if any(entry.outcome == "refused" for entry in audit):
            note.told_refusal()
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1), 1)", schema)
    # A statement of its own: its snapshot must be taken after the lock was granted.
    head = await connection.fetchrow(
        f"""SELECT coalesce((SELECT max(position) FROM {schema}.events), 0) AS event_position,
                   a.position AS audit_position, a.hash AS audit_hash
            FROM (SELECT 1) one LEFT JOIN LATERAL
                 (SELECT position, hash FROM {schema}.audit_events ORDER BY position DESC LIMIT 1) a ON true"""
    )
    if head is None:
        raise RuntimeError("the head query always returns one row")
    last: int = head["event_position"]
    if events:
        last = await _append_events(connection, schema, now, events, last)
    if audit:
        await _append_audit(connection, schema, now, audit, head["audit_position"] or 0, head["audit_hash"] or GENESIS)
    return last if events else None


async def _completed(connection: Connection, schema: str, note: Note, entry: Audit) -> Audit:
    """The row with what its request knows."""
    if entry.request_id is None:
        entry = replace(entry, request_id=note.request_id)
    if entry.acting_for is None and entry.actor == note.caller.subject:
        entry = replace(entry, acting_for=await acting_for(connection, schema, note, entry.dependencia))
    if entry.before_digest is None and entry.after_digest is None:
        before, after = await digests(note, connection, entry.action, entry.target)
        entry = replace(entry, before_digest=before, after_digest=after)
    return entry


async def _append_events(connection: Connection, schema: str, now: datetime, events: Sequence[Event], last: int) -> int:
    rows = [
        (
            last + number,
            uuid4(),
            event.type,
            event.subject,
            event.dependencia,
            now,
            msgspec.json.encode(event.data).decode(),
        )
        for number, event in enumerate(events, 1)
    ]
    await connection.execute(
        f"""INSERT INTO {schema}.events (position, id, type, subject, dependencia, occurred_at, data)
            SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[],
                                 $6::timestamptz[], $7::jsonb[])""",
        *(list(column) for column in zip(*rows, strict=True)),
    )
    # Listeners wake at commit; the payload is only a hint, they read the table.
    await connection.execute("SELECT pg_notify($1, '')", f"{schema}_feed")
    return last + len(rows)


async def _append_audit(
    connection: Connection, schema: str, now: datetime, audit: Sequence[Audit], position: int, previous: str
) -> None:
    rows: list[tuple[Any, ...]] = []
    for number, entry in enumerate(audit, position + 1):
        row: dict[str, Any] = {
            "position": number,
            "id": uuid4(),
            "occurred_at": now,
            "actor": entry.actor,
            "acting_for": entry.acting_for,
            "action": entry.action,
            "target": entry.target,
            "dependencia": entry.dependencia,
            "request_id": entry.request_id,
            "reason": entry.reason,
            "before_digest": entry.before_digest,
            "after_digest": entry.after_digest,
            "outcome": entry.outcome,
            "detail": msgspec.json.encode(entry.detail, order="sorted").decode(),
        }
        row["hash"] = chain_hash(previous, row)
        row["previous_hash"], previous = previous, row["hash"]
        rows.append(tuple(row[name] for name in AUDIT_COLUMNS))
    await connection.executemany(
        f"INSERT INTO {schema}.audit_events ({', '.join(AUDIT_COLUMNS)}) "
        f"VALUES ({', '.join(f'${n}' for n in range(1, len(AUDIT_COLUMNS) + 1))})",
        rows,
    )
