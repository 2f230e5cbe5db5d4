"""The regulation's facts: resolutions, units with their versions and counts. The prose comes with the import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.kit.database import Connection
from services.kit.folding import fold
from services.kit.seeding import SeedError
from services.kit.validity import Validity, first_overlap
from services.orgchart.domain.inheritance import general_scope, numeral_key
from services.orgchart.seed.records import read_rows


class TraceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    resolution: str
    provision: str | None
    operation: str


class CountRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    valid_from: dt.date
    valid_to: dt.date | None
    attributions: int
    products: int


class UnitRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a unit of Art. 10."""

    unit_id: str
    numeral: str
    name: str
    process_name: str | None
    kind: str
    process_type: str | None
    process_group: str | None
    parent_numeral: str | None
    responsible_post: str | None
    alias_numerals: list[str]
    alias_names: list[str]
    dependencia: str | None
    valid_from: dt.date
    valid_to: dt.date | None
    introduced_by: TraceRecord
    closed_by: TraceRecord | None
    counts: list[CountRecord]
    lines: list[int]


class ResolutionRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    date: dt.date
    in_force_from: dt.date
    changes: int


def check_units(path: Path, rows: Sequence[tuple[int, UnitRecord]], ids: dict[str, int]) -> None:
    """No overlap within a unit nor within a numeral; known dependencias. Raises SeedError."""
    lives: dict[tuple[str, str], list[Validity]] = {}
    for line, row in rows:
        if row.dependencia is not None and row.dependencia not in ids:
            raise SeedError(path, line, f"{row.numeral}: no existe la dependencia {row.dependencia}")
        for key in (("unit", row.unit_id), ("numeral", row.numeral)):
            parts = lives.setdefault(key, [])
            parts.append(Validity(row.valid_from, row.valid_to))
            if first_overlap(parts):
                raise SeedError(path, line, f"{row.numeral}: dos versiones vigentes el mismo día")


async def load_regulation(connection: Connection, folder: Path, ids: dict[str, int]) -> dict[str, int]:
    """Checks and copies `rof-units.json` and `resolutions.json`. Returns the number of rows by file."""
    path = folder / "rof-units.json"
    units = read_rows(path, UnitRecord)
    check_units(path, units, ids)
    resolutions = [row for _, row in read_rows(folder / "resolutions.json", ResolutionRecord)]
    rows = [row for _, row in units]
    await connection.copy_records_to_table(
        "resolutions",
        schema_name="orgchart",
        columns=["code", "date", "in_force_from", "changes", "source"],
        records=[(r.code, r.date, r.in_force_from, r.changes, "ROF") for r in resolutions],
    )
    await _copy_units(connection, rows, ids)
    return {"rof_unit_versions": len(rows), "resolutions": len(resolutions)}


async def _copy_units(connection: Connection, rows: Sequence[UnitRecord], ids: dict[str, int]) -> None:
    identities = {row.unit_id: row.dependencia for row in rows}
    await connection.copy_records_to_table(
        "rof_units",
        schema_name="orgchart",
        columns=["id", "dependencia_id"],
        records=[(unit, ids[code] if code else None) for unit, code in identities.items()],
    )
    await connection.copy_records_to_table(
        "rof_unit_versions",
        schema_name="orgchart",
        columns=[
            "unit_id", "valid_from", "valid_to", "numeral", "numeral_key", "name", "name_folded", "process_name",
            "kind", "process_type", "process_group", "parent_numeral", "responsible_post", "alias_numerals",
            "alias_names", "general_scope", "resolution", "provision", "operation", "closed_by", "lines",
        ],
        records=[
            (
                r.unit_id, r.valid_from, r.valid_to, r.numeral, numeral_key(r.numeral), r.name, fold(r.name),
                r.process_name, r.kind, r.process_type, r.process_group, r.parent_numeral, r.responsible_post,
                r.alias_numerals, r.alias_names, general_scope(r.kind, r.process_type, fold(r.name)),
                r.introduced_by.resolution, r.introduced_by.provision, r.introduced_by.operation,
                msgspec.json.encode(r.closed_by).decode() if r.closed_by else None, r.lines,
            )
            for r in rows
        ],
    )  # fmt: skip
    await connection.copy_records_to_table(
        "rof_unit_counts",
        schema_name="orgchart",
        columns=["unit_id", "valid_from", "valid_to", "attributions", "products"],
        records=[(r.unit_id, c.valid_from, c.valid_to, c.attributions, c.products) for r in rows for c in r.counts],
    )
