"""One batch from its rows to its receipt, inside one transaction."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from services.indicators.filters import SCHEMA
from services.indicators.intake.codes import DETAILS
from services.indicators.intake.decoding import Batch
from services.indicators.intake.staging import COLUMNS, CREATE, ReadNumber, json_number, staged
from services.indicators.intake.statements import CHECK_AND_WRITE, LOCK, RESOLVE_NAMES, STORE_BATCH
from services.indicators.permissions import ASSIGNMENT_READ, MEASUREMENT_SUBMIT
from services.kit.access import Caller
from services.kit.database import Connection
from services.kit.scope import reachable_ids
from services.kit.writing import Audit, Event, canonical_instant, seal

Mode = Literal["partial", "atomic"]


@dataclass(frozen=True, slots=True)
class Order:
    """How a batch is to be taken: by whom, when, and whether it may leave a trace."""

    caller: Caller
    mode: Mode
    dry_run: bool
    now: datetime
    today: date
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a batch. document: the receipt's members, ready to be encoded."""

    batch_id: UUID
    landed: int
    rejected: int
    document: dict[str, object]

    @property
    def refused(self) -> bool:
        """True when nothing may land: no good row, or a bad one where all or nothing was asked."""
        return bool(self.rejected) if self.document["mode"] == "atomic" else not self.landed


async def receive(connection: Connection, batch: Batch, order: Order, read_number: ReadNumber = json_number) -> Result:
    """Stage, check and write a batch; a dry run checks the same way and writes nothing."""
    visible, writable = await _reach(connection, order.caller)
    await _stage(connection, batch, read_number)
    if any(row.assignment is None for row in batch.rows):
        await connection.execute(RESOLVE_NAMES, visible)
    await connection.execute(LOCK, visible)
    batch_id = uuid4()
    row = await connection.fetchrow(
        CHECK_AND_WRITE,
        visible,
        writable,
        order.today,
        order.now,
        batch.source,
        order.caller.subject,
        batch_id,
        not order.dry_run,
        order.mode == "atomic",
        list(DETAILS),
        list(DETAILS.values()),
    )
    if row is None:
        raise RuntimeError("the checking statement always returns one row")
    counts = {name: row[name] for name in ("created", "updated", "unchanged", "rejected")}
    sha256 = hashlib.sha256(batch.canonical).hexdigest()
    result = Result(
        batch_id,
        len(batch.rows) - counts["rejected"],
        counts["rejected"],
        {
            "batch_id": str(batch_id),
            "dry_run": order.dry_run,
            "mode": order.mode,
            "received": len(batch.rows),
            **counts,
            "rows": msgspec.Raw(f"[{row['rows']}]".encode()),
            "receipt": {"sha256": sha256, "issued_at": canonical_instant(order.now)},
        },
    )
    if not order.dry_run:
        await _record(connection, batch, order, result, counts, sha256, row["groups"])
    return result


async def _reach(connection: Connection, caller: Caller) -> tuple[list[int] | None, list[int] | None]:
    """Ids whose assignments the caller may see, and those it may report; None means all."""
    writable = await reachable_ids(connection, caller, MEASUREMENT_SUBMIT, SCHEMA)
    readable = await reachable_ids(connection, caller, ASSIGNMENT_READ, SCHEMA)
    visible = None if readable is None or writable is None else sorted({*readable, *writable})
    return visible, writable


async def _stage(connection: Connection, batch: Batch, read_number: ReadNumber) -> None:
    await connection.execute(CREATE)
    await connection.copy_to_table("intake_rows", source=_Once(staged(batch.rows, read_number)), columns=COLUMNS)


class _Once:
    """asyncpg reads COPY data from a file, a path, or an asynchronous iterator; this is the last."""

    def __init__(self, data: bytes) -> None:
        self._view = memoryview(data)
        self._chunk = 1 << 20

    def __aiter__(self) -> "_Once":
        return self

    async def __anext__(self) -> bytes:
        if not self._view:
            raise StopAsyncIteration
        chunk, self._view = self._view[: self._chunk], self._view[self._chunk :]
        return bytes(chunk)


async def _record(
    connection: Connection,
    batch: Batch,
    order: Order,
    result: Result,
    counts: dict[str, int],
    sha256: str,
    groups: str | None,
) -> None:
    """Receipt, feed and audit rows: the transaction's last statements."""
    caller = order.caller
    await connection.execute(
        STORE_BATCH,
        result.batch_id,
        caller.subject,
        batch.source,
        order.mode,
        len(batch.rows),
        *counts.values(),
        sha256,
        order.now,
        msgspec.json.encode(result.document),
    )
    events = []
    if groups is not None:
        changed = {"batch_id": str(result.batch_id), "source": batch.source, "groups": msgspec.Raw(groups.encode())}
        events = [Event("measurements.recorded", str(result.batch_id), changed)]
    audit = Audit(
        caller.subject,
        "measurement-batch.receive",
        f"measurement-batches/{result.batch_id}",
        acting_for=caller.acting_for,
        request_id=order.request_id,
        after_digest=sha256,
        outcome="refused" if result.refused else "done",
        detail={"source": batch.source, "mode": order.mode, "received": len(batch.rows), **counts},
    )
    await seal(connection, SCHEMA, now=order.now, events=events, audit=[audit])
