"""Taking a batch: good rows land in one statement with their revision; an identical row leaves no trace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.kit.writing import canonical_instant
from services.plans.budget.decoding import BudgetBatch
from services.plans.budget.judging import BudgetRow, judged, refusal_row
from services.plans.work import Work

LISTED_ROWS = 1000

# The revision is written by the same statement as the row, so that neither can exist without the other.
STORE = """
WITH sent AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS s (year int, month int, company text, budget_group text,
        printed_code text, printed_name text, budget_current numeric, budget_accrued numeric, printed_percent numeric,
        warnings text[])
), stored AS (
    INSERT INTO plans.budget_execution AS b (year, month, company, budget_group, printed_code, printed_name,
        budget_current, budget_accrued, printed_percent, warnings, recorded_at, recorded_by)
    SELECT sent.*, $2::timestamptz, $3::text FROM sent
    ON CONFLICT (year, month, company, budget_group) DO UPDATE SET printed_code = excluded.printed_code,
        printed_name = excluded.printed_name, budget_current = excluded.budget_current,
        budget_accrued = excluded.budget_accrued, printed_percent = excluded.printed_percent,
        warnings = excluded.warnings, source = NULL, version = b.version + 1, recorded_at = excluded.recorded_at,
        recorded_by = excluded.recorded_by
    WHERE (b.printed_code, b.printed_name, b.budget_current, b.budget_accrued, b.printed_percent)
        IS DISTINCT FROM (excluded.printed_code, excluded.printed_name, excluded.budget_current,
        excluded.budget_accrued, excluded.printed_percent)
    RETURNING b.*
)
INSERT INTO plans.budget_execution_revisions (year, month, company, budget_group, version, printed_code, printed_name,
    budget_current, budget_accrued, printed_percent, recorded_at, recorded_by, batch)
SELECT year, month, company, budget_group, version, printed_code, printed_name, budget_current, budget_accrued,
    printed_percent, recorded_at, recorded_by, $4::uuid FROM stored
RETURNING year, month, company, budget_group, version"""


class Undo(Exception):
    """Leaves the savepoint of a dry run or of a refused atomic batch."""


async def receive(work: Work, batch: BudgetBatch, *, atomic: bool, dry_run: bool) -> tuple[UUID, dict[str, Any], bool]:
    """Id, answer and whether it is refused. A dry run and a refused batch change nothing."""
    good, refusals = judged(batch.rows, work.today, written=batch.written)
    batch_id = uuid4()
    outcomes: dict[int, str] = {}
    if good and not (atomic and refusals):
        try:
            async with work.connection.transaction():
                outcomes = await store(work, good, batch_id)
                if dry_run:
                    raise Undo
        except Undo:
            pass
    refused = bool(refusals) if atomic else not good
    document = answer_of(work, batch, batch_id, good, refusals, outcomes, atomic=atomic, dry_run=dry_run)
    return batch_id, document, refused


async def store(work: Work, rows: Sequence[BudgetRow], batch_id: UUID) -> dict[int, str]:
    """Writes the rows; outcome by index."""
    document = [
        {
            "year": row.year,
            "month": row.month,
            "company": row.company,
            "budget_group": row.group,
            "printed_code": row.printed_code,
            "printed_name": row.printed_name,
            "budget_current": str(row.current),
            "budget_accrued": str(row.accrued),
            "printed_percent": None if row.printed_percent is None else str(row.printed_percent),
            "warnings": row.warnings,
        }
        for row in rows
    ]
    written = await work.connection.fetch(
        STORE, msgspec.json.encode(document).decode(), work.now, work.caller.subject, batch_id
    )
    versions = {(r["year"], r["month"], r["company"], r["budget_group"]): r["version"] for r in written}
    kinds = {None: "unchanged", 1: "created"}
    return {row.index: kinds.get(versions.get(row.key), "updated") for row in rows}


def answer_of(
    work: Work,
    batch: BudgetBatch,
    batch_id: UUID,
    good: Sequence[BudgetRow],
    refusals: dict[int, Any],
    outcomes: dict[int, str],
    *,
    atomic: bool,
    dry_run: bool,
) -> dict[str, Any]:
    """The receipt: counts, row results (all up to 1,000, refused ones beyond), digest of what was received."""
    rows = [refusal_row(index, refusal) for index, refusal in refusals.items()]
    if len(batch.rows) <= LISTED_ROWS and outcomes:
        rows += [{"index": row.index, "outcome": outcomes[row.index], "warnings": row.warnings} for row in good]
    taken = list(outcomes.values())
    return {
        "batch_id": str(batch_id),
        "dry_run": dry_run,
        "mode": "atomic" if atomic else "partial",
        "received": len(batch.rows),
        "created": taken.count("created"),
        "updated": taken.count("updated"),
        "unchanged": taken.count("unchanged"),
        "rejected": len(refusals),
        "rows": sorted(rows, key=lambda row: row["index"]),
        "receipt": {
            "sha256": hashlib.sha256(batch.canonical).hexdigest(),
            "issued_at": canonical_instant(work.now),
        },
    }


async def keep_receipt(work: Work, batch_id: UUID, source: str, document: dict[str, Any]) -> None:
    await work.connection.execute(
        """INSERT INTO plans.budget_batches (id, source, received_at, received_by, answer)
           VALUES ($1, $2, $3, $4, $5::jsonb)""",
        batch_id,
        source,
        work.now,
        work.caller.subject,
        msgspec.json.encode(document).decode(),
    )
