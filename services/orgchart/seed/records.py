"""The records of data/orgchart, and the checks that a file must pass before any of it is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from services.kit.seeding import SeedError
from services.kit.validity import Validity, first_overlap


class VersionRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version that differs from the record in its numeral (renumbering)."""

    numeral: str
    valid_from: date
    valid_to: date | None
    resolution: str | None
    provision: str | None
    operation: str


class DependenciaRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: int
    code: str
    name: str
    aliases: list[str]
    kind: str
    parent: str | None
    numeral: str | None
    responsible_post: str | None
    province: str | None
    management_level: int | None
    technical_parent: str | None
    other_technical_parents: list[str]
    derived: bool
    valid_from: date
    valid_to: date | None
    resolution: str | None
    provision: str | None
    source: str
    lines: list[int]
    versions: list[VersionRecord]
    note: str | None
    rof_unit_id: str | None = None


class ZoneRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: int
    name: str
    seat: str
    seat_province: str
    valid_from: date
    valid_to: date | None
    lines: list[int]


class ProvinceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    aliases: list[str]
    dependencia: str
    zone: int
    seat: bool
    management_level: int
    inec_code: str
    iso_code: str
    valid_from: date
    valid_to: date | None
    lines: list[int]


Row = TypeVar("Row", bound=msgspec.Struct)


def read_rows(path: Path, row: type[Row]) -> list[tuple[int, Row]]:
    """Line number and record of a file that holds one record a line inside a JSON document. Raises SeedError."""
    if not path.is_file():
        raise SeedError(path, 0, "no existe el archivo")
    decoder = msgspec.json.Decoder(row)
    rows: list[tuple[int, Row]] = []
    opened = False
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        text = line.strip().rstrip(b",")
        if not opened:
            opened = text.endswith(b"[")
        elif text.startswith(b"]"):
            return rows
        elif text:
            try:
                rows.append((number, decoder.decode(text)))
            except msgspec.DecodeError as error:
                raise SeedError(path, number, str(error)) from error
    raise SeedError(path, 0, "el archivo no está completo")


def check_dependencias(path: Path, rows: Sequence[tuple[int, DependenciaRecord]]) -> None:
    """One root, unique ids and codes, known parents, no cycle, versions without overlap. Raises SeedError."""
    codes: dict[str, DependenciaRecord] = {}
    ids: set[int] = set()
    for line, row in rows:
        if row.code in codes or row.id in ids:
            raise SeedError(path, line, f"código o id repetido: {row.code} ({row.id})")
        codes[row.code] = row
        ids.add(row.id)
    for line, row in rows:
        for other in (row.parent, row.technical_parent, *row.other_technical_parents):
            if other is not None and other not in codes:
                raise SeedError(path, line, f"{row.code}: no existe la dependencia {other}")
        if (row.parent is None) != (row.code == "IESS"):
            raise SeedError(path, line, f"{row.code}: solo IESS es raíz")
        if first_overlap(Validity(v.valid_from, v.valid_to) for v in row.versions):
            raise SeedError(path, line, f"{row.code}: versiones que se solapan")
        _check_reaches_root(path, line, row, codes)


def _check_reaches_root(path: Path, line: int, row: DependenciaRecord, codes: dict[str, DependenciaRecord]) -> None:
    seen = {row.code}
    parent = row.parent
    while parent is not None:
        if parent in seen:
            raise SeedError(path, line, f"{row.code}: ciclo por {parent}")
        seen.add(parent)
        parent = codes[parent].parent
