"""Rows in PostgreSQL's binary COPY format: what is the same for many rows is encoded once and put together by joins.

Source: PostgreSQL 16 manual, "COPY", Binary Format; numeric as in `numeric_send` of its sources.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = struct.pack(">h", -1)
NULL: Final = struct.pack(">i", -1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NEGATIVE: Final = 0x4000
# Rows. About what a socket holds: PostgreSQL reads one chunk while Python puts the next together.
_CHUNK: Final = 1024
_GROUP: Final = 4
# Figures repeat, in a batch and from month to month: there are 10,001 percentages with two decimals. About 3 MB.
_REMEMBERED: Final = 1 << 14
_TWO_GROUPS: Final = struct.Struct(">ihhHhHH").pack


def bigint(number: int) -> bytes:
    return struct.pack(">iq", 8, number)


def integer(number: int) -> bytes:
    return struct.pack(">ii", 4, number)


def text(content: str) -> bytes:
    encoded = content.encode()
    return struct.pack(">i", len(encoded)) + encoded


def timestamptz(instant: datetime) -> bytes:
    return bigint((instant - _EPOCH) // timedelta(microseconds=1))


def uuid(value: UUID) -> bytes:
    return struct.pack(">i", 16) + value.bytes


@lru_cache(_REMEMBERED)
def numeric(decimal: str) -> bytes:
    """A plain decimal (`-1234.50`): groups of four digits, the weight of the first, the digits after the point."""
    whole, _, fraction = decimal.partition(".")
    if len(whole) <= _GROUP and len(fraction) <= _GROUP and whole[0] != "-":  # nearly all: in a third of the time
        return _TWO_GROUPS(12, 2, 0, 0, len(fraction), int(whole), int(fraction.ljust(_GROUP, "0")))
    sign, digits = (_NEGATIVE, decimal[1:]) if decimal[0] == "-" else (0, decimal)
    whole, _, fraction = digits.partition(".")
    groups = -(-len(whole) // _GROUP)
    padded = whole.zfill(groups * _GROUP) + fraction + "0" * (-len(fraction) % _GROUP)
    numbers = [int(padded[start : start + _GROUP]) for start in range(0, len(padded), _GROUP)]
    shape = f">ihhHh{len(numbers)}H"
    return struct.pack(shape, 8 + 2 * len(numbers), len(numbers), groups - 1, sign, len(fraction), *numbers)


def rows(groups: Iterable[tuple[bytes, Sequence[bytes]]], end: bytes) -> Iterator[bytes]:
    """The COPY stream of groups of rows. groups: a beginning (with the number of fields) and what follows it in each
    row of the group, at least one; end: the last fields, of all rows.
    """
    yield HEADER
    chunk: list[bytes] = []
    held = 0
    for beginning, middles in groups:
        chunk += (beginning, (end + beginning).join(middles), end)
        held += len(middles)
        if held >= _CHUNK:
            yield b"".join(chunk)
            chunk.clear()
            held = 0
    yield b"".join((*chunk, TRAILER))
