"""One batch from its rows to its receipt, inside one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID, uuid4

import msgspec

from services.kit.batches import BatchRefused, Mode
from services.kit.database import Connection
from services.kit.writing import canonical_instant, seal
from services.orgchart.appointments.codes import DETAILS, FIELDS
from services.orgchart.appointments.settling import Counts, Written, judge, write
from services.orgchart.intake.decoding import Batch
from services.orgchart.intake.reading import wish_of
from services.orgchart.work import Work

# All rows of a small batch, all rejected ones of a large one. $1 codes, $2 details, $3 fields, $4 nothing lands:
# good rows then are `not_applied`.
_ROWS: Final = """
SELECT coalesce(string_agg(CASE WHEN w.code IS NULL
        THEN '{"index":' || w.index || ',"outcome":"' || CASE WHEN $4 THEN 'not_applied' ELSE w.outcome END || '"}'
        ELSE json_build_object('index', w.index, 'outcome', 'rejected', 'code', w.code, 'detail', d.detail,
                               'field', coalesce(w.field, d.field))::text END, ',' ORDER BY w.index), '')
FROM wished_appointments w
LEFT JOIN unnest($1::text[], $2::text[], $3::text[]) AS d (code, detail, field) ON d.code = w.code
WHERE w.index < 1000 OR w.code IS NOT NULL"""
_STORE: Final = """
INSERT INTO orgchart.appointment_batches
    (id, subject, source, mode, received, created, updated, unchanged, rejected, sha256, issued_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a batch. document: the receipt's members; refused: nothing landed, or nothing might."""

    batch_id: UUID
    refused: bool
    document: dict[str, object]


async def receive(connection: Connection, work: Work, batch: Batch, mode: Mode, *, dry_run: bool) -> Result:
    """Checks and writes a batch; a dry run checks the same way and writes nothing."""
    # Checking the numbers of a large batch takes seconds of pure Python: in a thread, so that other calls go on.
    wishes = await asyncio.to_thread(lambda: [wish_of(index, row) for index, row in enumerate(batch.rows)])
    counts = await judge(connection, work, wishes)
    refused = bool(counts.rejected) if mode == "atomic" else not counts.landed
    if refused:
        counts = Counts(0, 0, 0, counts.rejected)
    fields = [FIELDS[code] for code in DETAILS]
    rows: str = await connection.fetchval(_ROWS, list(DETAILS), list(DETAILS.values()), fields, refused)
    batch_id, sha256 = uuid4(), hashlib.sha256(batch.canonical).hexdigest()
    document: dict[str, object] = {
        "batch_id": str(batch_id),
        "dry_run": dry_run,
        "mode": mode,
        "received": len(batch.rows),
        **asdict(counts),
        "rows": msgspec.Raw(f"[{rows}]".encode()),
        "receipt": {"sha256": sha256, "issued_at": canonical_instant(work.now)},
    }
    result = Result(batch_id, refused, document)
    if not dry_run:
        written = Written((), ()) if refused else await write(connection, work, batch=batch_id)
        await _record(connection, work, batch, result, counts, written, sha256)
    return result


async def _record(
    connection: Connection, work: Work, batch: Batch, result: Result, counts: Counts, written: Written, sha256: str
) -> None:
    """Receipt, feed and audit rows: the transaction's last statements. None of them names a person."""
    mode = str(result.document["mode"])
    await connection.execute(
        _STORE,
        result.batch_id,
        work.caller.subject,
        batch.source,
        mode,
        len(batch.rows),
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.rejected,
        sha256,
        work.now,
        msgspec.json.encode(result.document),
    )
    audit = work.audit(
        "appointment-batch.receive",
        f"appointment-batches/{result.batch_id}",
        None,
        outcome="refused" if result.refused else "done",
        reason=BatchRefused.code if result.refused else None,
        detail={"source": batch.source, "mode": mode, "received": len(batch.rows), **asdict(counts)},
    )
    await seal(connection, "orgchart", now=work.now, events=written.events, audit=[audit])
