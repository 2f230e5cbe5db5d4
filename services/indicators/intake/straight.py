"""The straight way: what needs no decision row by row is copied, in the order of the key, with no statement between.

Years loaded for the first time go into the table itself; a batch sent again is held against what is there. Whatever
else a batch may be, the checking statement decides it, and says of these two what is said here.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.indicators.intake import binary
from services.indicators.intake.staging import PlainRows
from services.indicators.intake.survey import Cells
from services.kit.database import Connection

_KEY: Final = ("dependencia_id", "assignment_id", "period", "value")
_COLUMNS: Final = (
    "dependencia_id", "assignment_id", "submitted_for", "period", "value", "version", "returned_count", "review",
    "source", "submitted_by", "first_recorded_at", "recorded_at", "batch_id",
)  # fmt: skip
_CREATE: Final = """
CREATE TEMP TABLE IF NOT EXISTS intake_cells (
    dependencia_id bigint NOT NULL, assignment_id bigint NOT NULL, period text COLLATE "C" NOT NULL,
    value numeric NOT NULL
) ON COMMIT DELETE ROWS"""
_COUNT_SAME: Final = """
SELECT count(*) FROM intake_cells k JOIN indicators.measurements m USING (dependencia_id, assignment_id, period)
WHERE m.value = k.value AND m.numerator IS NULL AND m.denominator IS NULL AND m.note IS NULL
  AND m.evidence_url IS NULL AND m.evidence_sha256 IS NULL AND m.warnings IS NULL"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every measurement of a batch has in common; in whose place it is sent is common to its dependencia."""

    source: str
    subject: str
    now: datetime
    batch_id: UUID
    holders: Mapping[int, str]

    def holder(self, dependencia_id: int) -> bytes:
        holder = self.holders.get(dependencia_id)
        return binary.NULL if holder is None else binary.text(holder)

    def fields(self) -> bytes:
        """As in _COLUMNS, after the value."""
        instant = binary.timestamptz(self.now)
        common = (binary.integer(1), binary.integer(0), *map(binary.text, ("submitted", self.source, self.subject)))
        return b"".join((*common, instant, instant, binary.uuid(self.batch_id)))


async def copy_new(connection: Connection, plain: PlainRows, cells: Cells, stamp: Stamp) -> list[dict[str, object]]:
    """Write cells that are all new, in the order of their key; what the feed says of them.

    The locks make it safe: a cell that came around them is a unique violation.
    """
    keys = zip(_beginnings(cells, len(_COLUMNS)), map(stamp.holder, cells.dependencia_ids), strict=True)
    beginnings = [key + holder for key, holder in keys]
    groups: list[dict[str, object]] = []

    async def stream() -> AsyncIterator[bytes]:
        for chunk in binary.rows(_by_assignment(plain, cells, beginnings), stamp.fields()):
            yield chunk
        groups.extend(groups_of(plain, cells))  # while PostgreSQL writes the last rows

    await connection.copy_to_table(
        "measurements", schema_name="indicators", columns=_COLUMNS, format="binary", source=stream()
    )
    return groups


async def are_all_there(connection: Connection, plain: PlainRows, cells: Cells) -> bool:
    """Whether every cell is stored already, just as it was sent and without a warning."""

    async def stream() -> AsyncIterator[bytes]:
        for chunk in binary.rows(_by_assignment(plain, cells, _beginnings(cells, len(_KEY))), b""):
            yield chunk

    await connection.execute(_CREATE)
    await connection.copy_to_table("intake_cells", columns=_KEY, format="binary", source=stream())
    same: int = await connection.fetchval(_COUNT_SAME)
    return same == len(plain.values)


def _beginnings(cells: Cells, columns: int) -> list[bytes]:
    """The number of a row's columns and the first of them, by assignment."""
    width = columns.to_bytes(2)
    keys = zip(cells.dependencia_ids, cells.assignment_ids, strict=True)
    return [width + binary.bigint(owner) + binary.bigint(number) for owner, number in keys]


def _by_assignment(
    plain: PlainRows, cells: Cells, beginnings: Sequence[bytes]
) -> Iterator[tuple[bytes, Sequence[bytes]]]:
    """The rows in the order of their key: neighbours share pages, of the table and of its index.

    They are made as PostgreSQL asks for them, which needs three times as long to write them.
    """
    periods = [b"", *map(binary.text, plain.period_codes)]
    keys = list(zip(cells.dependencia_ids, cells.assignment_ids, strict=True))
    order, values = sorted(plain.values), plain.values
    for index in sorted(range(len(keys)), key=keys.__getitem__):
        first = (index + 1) * plain.width  # names are numbered from 1
        start = bisect_left(order, first)
        stop = bisect_left(order, first + plain.width, start, min(start + plain.width, len(order)))
        yield beginnings[index], [periods[cell - first] + binary.numeric(values[cell]) for cell in order[start:stop]]


def groups_of(plain: PlainRows, cells: Cells) -> list[dict[str, object]]:
    """What the feed says of a batch that landed whole: periods and number of cells by dependencia and plan."""
    owners = sorted(set(zip(cells.dependencias, cells.plans, strict=True)))
    numbers = {owner: number for number, owner in enumerate(owners)}
    owner_of = [0, *map(numbers.__getitem__, zip(cells.dependencias, cells.plans, strict=True))]
    width = len(plain.period_codes) + 1
    counts = Counter([owner_of[name] * width + period for name, period in zip(plain.names, plain.periods, strict=True)])
    groups = []
    for number, (dependencia, plan) in enumerate(owners):
        periods = [period for period in range(1, width) if number * width + period in counts]
        groups.append(
            {
                "dependencia": dependencia,
                "plan": plan,
                "periods": sorted(plain.period_codes[period - 1] for period in periods),
                "cells": sum(counts[number * width + period] for period in periods),
            }
        )
    return groups
