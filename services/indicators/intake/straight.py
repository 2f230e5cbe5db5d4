"""The straight way: what needs no decision row by row is copied, in the order of the key, with no statement between.

Years loaded for the first time go into the table itself; a batch sent again is held against what is there. Whatever
else a batch may be, the checking statement decides it, and says of these two what is said here.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, repeat
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
_LINES: Final = 4096
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


async def copy_new(connection: Connection, plain: PlainRows, cells: Cells, stamp: Stamp) -> None:
    """Write cells that are all new. The locks make it safe: a cell that came around them is a unique violation."""
    await connection.copy_to_table(
        "measurements",
        schema_name="indicators",
        columns=_COLUMNS,
        format="binary",
        source=_stream(_whole_rows(plain, cells, stamp)),
    )


async def are_all_there(connection: Connection, plain: PlainRows, cells: Cells) -> bool:
    """Whether every cell is stored already, just as it was sent and without a warning."""
    await connection.execute(_CREATE)
    await connection.copy_to_table("intake_cells", columns=_KEY, source=_stream(_lines(plain, cells)))
    same: int = await connection.fetchval(_COUNT_SAME)
    return same == len(plain.values)


def _whole_rows(plain: PlainRows, cells: Cells, stamp: Stamp) -> Iterator[bytes]:
    """Binary rows of _COLUMNS, in the order of their key: neighbours share pages, of the table and of its index."""
    width = len(_COLUMNS).to_bytes(2)
    keys = zip(cells.dependencia_ids, cells.assignment_ids, strict=True)
    beginnings = [
        b"",
        *(width + binary.bigint(owner) + binary.bigint(number) + stamp.holder(owner) for owner, number in keys),
    ]
    middles = [b"", *map(binary.text, plain.period_codes)]
    # In the order they came: in another, each text lies elsewhere in memory, which takes three times as long.
    figures = list(map(binary.numeric, plain.values))
    order = _by_key(plain, cells)
    names, periods = (map(numbers.__getitem__, order) for numbers in (plain.names, plain.periods))
    values = map(figures.__getitem__, order)
    return binary.rows(map(beginnings.__getitem__, names), map(middles.__getitem__, periods), values, stamp.fields())


def _lines(plain: PlainRows, cells: Cells) -> Iterator[bytes]:
    """Text lines of _KEY as they were sent: for rows that are only compared, an order costs more than it saves."""
    keys = zip(cells.dependencia_ids, cells.assignment_ids, strict=True)
    beginnings = ["", *(f"{owner}\t{number}\t" for owner, number in keys)]
    middles = ["", *(f"{code}\t" for code in plain.period_codes)]
    names, periods = map(beginnings.__getitem__, plain.names), map(middles.__getitem__, plain.periods)
    rows = zip(names, periods, plain.values, repeat("\n"), strict=False)
    while lines := "".join(map("".join, islice(rows, _LINES))):
        yield lines.encode()


def _by_key(plain: PlainRows, cells: Cells) -> list[int]:
    """Indexes of the rows in the order of their cells' key."""
    name_places = _places(list(zip(cells.dependencia_ids, cells.assignment_ids, strict=True)))
    period_places = _places(plain.period_codes)
    width = len(period_places)
    places = [
        name_places[name] * width + period_places[period]
        for name, period in zip(plain.names, plain.periods, strict=True)
    ]
    return sorted(range(len(places)), key=places.__getitem__)


def _places(keys: Sequence[tuple[int, int] | str]) -> list[int]:
    """The place of each among the sorted, under its number, which counts from 1."""
    places = [0] * (len(keys) + 1)
    for place, index in enumerate(sorted(range(len(keys)), key=keys.__getitem__)):
        places[index + 1] = place
    return places


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


async def _stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """asyncpg reads COPY data from a file, a path, or an asynchronous iterator; this is the last."""
    for chunk in chunks:
        yield chunk
