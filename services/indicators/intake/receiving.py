"""One batch from its rows to its receipt, inside one transaction."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec

from services.indicators.filters import SCHEMA
from services.indicators.intake.codes import DETAILS
from services.indicators.intake.decoding import Batch
from services.indicators.intake.fingerprint import Fingerprint
from services.indicators.intake.judging import OUTCOMES
from services.indicators.intake.rowfields import ReadNumber, json_number
from services.indicators.intake.staging import (
    CREATE_NAMES,
    CREATE_ROWS,
    NAME_COLUMNS,
    Block,
    PlainRows,
    Staging,
)
from services.indicators.intake.statements import (
    LISTED,
    LOCK,
    PLANNING,
    REFUSE_CONTRADICTIONS,
    RESOLVE_NAMES,
    STORE_BATCH,
    check_and_write,
)
from services.indicators.intake.straight import Stamp, are_all_there, copy_new
from services.indicators.intake.survey import lock_named, survey
from services.indicators.measurements.knowledge import NOW
from services.indicators.permissions import ASSIGNMENT_READ, MEASUREMENT_SUBMIT
from services.indicators.scoring.formulas import NO_FORMULAS, term_formulas
from services.kit.access import Caller
from services.kit.auditing import holders_by_dependencia
from services.kit.batches import BatchRefused
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
class Reach:
    """Ids whose assignments the caller may see, and those it may report; None means all.

    holders: code and holder of those that the caller reports in somebody's place.
    """

    visible: list[int] | None
    writable: list[int] | None
    holders: dict[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Decided:
    """Rows by outcome; what is said of each, as JSON without its brackets; the feed's groups when something landed."""

    counts: dict[str, int]
    rows: str
    groups: bytes | None

    @classmethod
    def alike(cls, outcome: str, received: int, groups: bytes | None) -> "Decided":
        """All rows have one outcome, and nothing else is said of any."""
        counts = {name: received if name == outcome else 0 for name in OUTCOMES.values()}
        listed = range(min(received, LISTED))
        return cls(counts, ",".join([f'{{"index":{index},"outcome":"{outcome}"}}' for index in listed]), groups)


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


async def receive(
    connection: Connection,
    batch: Batch,
    order: Order,
    fingerprint: Fingerprint,
    read_number: ReadNumber = json_number,
) -> Result:
    """Stage, check and write a batch; a dry run checks the same way and writes nothing."""
    reach = await _reach(connection, order.caller)
    staging = Staging(batch.rows, read_number)
    batch_id = uuid4()
    plain = None if order.dry_run else staging.plain_rows()
    decided = None if plain is None else await _straight(connection, batch, plain, order, reach, batch_id, fingerprint)
    if decided is None:
        decided = await _row_by_row(connection, batch, staging, order, reach, batch_id, fingerprint)
    sha256 = await fingerprint.begin()
    rejected = decided.counts["rejected"]
    result = Result(
        batch_id,
        len(batch.rows) - rejected,
        rejected,
        {
            "batch_id": str(batch_id),
            "dry_run": order.dry_run,
            "mode": order.mode,
            "received": len(batch.rows),
            **decided.counts,
            "rows": msgspec.Raw(f"[{decided.rows}]".encode()),
            "receipt": {"sha256": sha256, "issued_at": canonical_instant(order.now)},
        },
    )
    if not order.dry_run:
        await _record(connection, batch, order, result, decided, sha256, dict(reach.holders.values()))
    return result


async def _straight(
    connection: Connection,
    batch: Batch,
    plain: PlainRows,
    order: Order,
    reach: Reach,
    batch_id: UUID,
    fingerprint: Fingerprint,
) -> Decided | None:
    """What became of a batch that is new as a whole or there as a whole; None for any other, with nothing written."""
    fingerprint.begin()  # while the database is asked: later, Python has rows to put together
    await lock_named(connection, plain, reach.visible)
    cells = await survey(connection, plain, reach.visible, reach.writable, order.today)
    if cells is None:
        return None
    if cells.is_new:
        holders = {number: holder for number, (_, holder) in reach.holders.items()}
        stamp = Stamp(batch.source, order.caller.subject, order.now, batch_id, holders)
        groups = await copy_new(connection, plain, cells, stamp)
        return Decided.alike("created", len(batch.rows), msgspec.json.encode(groups))
    if not await are_all_there(connection, plain, cells):
        return None
    return Decided.alike("unchanged", len(batch.rows), None)


async def _row_by_row(
    connection: Connection,
    batch: Batch,
    staging: Staging,
    order: Order,
    reach: Reach,
    batch_id: UUID,
    fingerprint: Fingerprint,
) -> Decided:
    """Stage, lock, and let one statement decide every row."""
    await _stage(connection, staging)
    if staging.has_indirect_names:
        await connection.execute(RESOLVE_NAMES, reach.visible)
        await connection.execute(REFUSE_CONTRADICTIONS, reach.visible)
    await connection.execute(LOCK, reach.visible)
    fingerprint.begin()
    row = await connection.fetchrow(
        check_and_write(
            bare=staging.is_bare,
            may_repeat_cells=staging.may_repeat_cells,
            formulas=NO_FORMULAS if staging.is_bare else await term_formulas(connection, NOW),
        ),
        reach.visible,
        reach.writable,
        order.today,
        order.now,
        batch.source,
        order.caller.subject,
        batch_id,
        not order.dry_run,
        order.mode == "atomic",
        list(DETAILS),
        list(DETAILS.values()),
        staging.period_codes,
        staging.frequencies,
        list(reach.holders),
        [holder for _, holder in reach.holders.values()],
    )
    if row is None:
        raise RuntimeError("the checking statement always returns one row")
    groups = row["groups"]
    return Decided(
        {name: row[name] for name in OUTCOMES.values()}, row["rows"], None if groups is None else groups.encode()
    )


async def _reach(connection: Connection, caller: Caller) -> Reach:
    writable = await reachable_ids(connection, caller, MEASUREMENT_SUBMIT, SCHEMA)
    readable = await reachable_ids(connection, caller, ASSIGNMENT_READ, SCHEMA)
    visible = None if readable is None or writable is None else sorted({*readable, *writable})
    return Reach(visible, writable, await holders_by_dependencia(connection, SCHEMA, caller, MEASUREMENT_SUBMIT))


async def _stage(connection: Connection, staging: Staging) -> None:
    """COPY the rows while the next block is made ready: PostgreSQL reads one as Python writes the other."""
    await connection.execute(";".join((CREATE_ROWS, CREATE_NAMES, PLANNING)))
    for columns, blocks in groupby(staging.blocks(), key=itemgetter(0)):
        await connection.copy_to_table("intake_rows", source=_payloads(blocks), columns=columns)
    await connection.copy_to_table(
        "intake_names", source=_payloads(iter([((), staging.names())])), columns=NAME_COLUMNS
    )


async def _payloads(blocks: Iterator[Block]) -> AsyncIterator[bytes]:
    """asyncpg reads COPY data from a file, a path, or an asynchronous iterator; this is the last."""
    for _, payload in blocks:
        yield payload


async def _record(
    connection: Connection,
    batch: Batch,
    order: Order,
    result: Result,
    decided: Decided,
    sha256: str,
    holders: Mapping[str, str],
) -> None:
    """Receipt, feed and audit rows: the transaction's last statements. holders: by dependencia, as in `Reach`."""
    caller = order.caller
    await connection.execute(
        STORE_BATCH,
        result.batch_id,
        caller.subject,
        batch.source,
        order.mode,
        len(batch.rows),
        *decided.counts.values(),
        sha256,
        order.now,
        msgspec.json.encode(result.document),
    )
    events = []
    if decided.groups is not None:
        changed = {"batch_id": str(result.batch_id), "source": batch.source, "groups": msgspec.Raw(decided.groups)}
        events = [Event("measurements.recorded", str(result.batch_id), changed)]
    acted_for = _acted_for(decided, holders)
    detail = {"source": batch.source, "mode": order.mode, "received": len(batch.rows), **decided.counts}
    audit = Audit(
        caller.subject,
        "measurement-batch.receive",
        f"measurement-batches/{result.batch_id}",
        acting_for=acted_for[0] if len(acted_for) == 1 else None,
        request_id=order.request_id,
        after_digest=sha256,
        outcome="refused" if result.refused else "done",
        reason=BatchRefused.code if result.refused else None,
        detail={**detail, "submitted_for": acted_for} if acted_for else detail,
    )
    await seal(connection, SCHEMA, now=order.now, events=events, audit=[audit])


def _acted_for(decided: Decided, holders: Mapping[str, str]) -> list[str]:
    """In whose place what landed was sent."""
    if not holders or decided.groups is None:
        return []
    groups = msgspec.json.decode(decided.groups, type=list[dict[str, Any]])
    return sorted({holders[group["dependencia"]] for group in groups if group["dependencia"] in holders})
