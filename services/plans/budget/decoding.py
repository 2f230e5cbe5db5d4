"""A batch of budget rows out of JSON, NDJSON or CSV: the same rows and canonical bytes, whatever it came in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import msgspec

from services.kit.batches import MAX_ROWS, SOURCE_LENGTH, TooManyRows
from services.kit.problems import InvalidEncoding
from services.kit.routing import parse_json
from services.kit.rows import InvalidBatch


@dataclass(frozen=True, slots=True)
class BudgetBatch:
    """rows: as sent; written: the numbers are written as in a sheet."""

    source: str
    rows: list[Any]
    written: bool = False

    @property
    def canonical(self) -> bytes:
        return msgspec.json.encode([self.source, self.rows], order="sorted")


def checked(source: Any, rows: Any, *, written: bool = False) -> BudgetBatch:
    if not isinstance(source, str) or not 1 <= len(source) <= SOURCE_LENGTH or not isinstance(rows, list) or not rows:
        raise InvalidBatch
    if len(rows) > MAX_ROWS:
        raise TooManyRows
    return BudgetBatch(source, rows, written)


def batch_of_json(body: bytes) -> BudgetBatch:
    document = parse_json(body)
    if not isinstance(document, dict) or set(document) != {"source", "rows"}:
        raise InvalidBatch
    return checked(document["source"], document["rows"])


def batch_of_ndjson(body: bytes, source: str) -> BudgetBatch:
    return checked(source, [parse_json(line) for line in body.splitlines() if line.strip()])


def batch_of_csv(body: bytes, source: str) -> BudgetBatch:
    """With a header line; comma or semicolon. Empty cells are null."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="?", strict=True)
    try:
        rows = [{name: value or None for name, value in row.items()} for row in reader]
    except csv.Error as error:
        raise InvalidBatch("El CSV no se puede leer; revise comillas y saltos de línea.") from error
    return checked(source, rows, written=True)
