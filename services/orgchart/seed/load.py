"""Loads data/orgchart into an empty database: everything in one transaction, or nothing."""

from __future__ import annotations

from pathlib import Path

import asyncpg
from fastapi import FastAPI

from services.kit.database import Connection, Database, asyncpg_arguments
from services.kit.folding import fold
from services.kit.writing import Audit, seal
from services.orgchart.seed.records import (
    DependenciaRecord,
    ProvinceRecord,
    VersionRecord,
    ZoneRecord,
    check_dependencias,
    read_rows,
)
from services.orgchart.seed.regulation import load_regulation


async def seed(app: FastAPI) -> None:
    """Start hook: fills an empty database from `<seed_dir>/orgchart`. Raises SeedError naming file and line."""
    settings = app.state.settings
    if settings.seed_dir is None:
        return
    database: Database = app.state.database
    if await database.pool.fetchval("SELECT EXISTS (SELECT 1 FROM orgchart.dependencias)"):
        return
    folder = settings.seed_dir / "orgchart"
    connection: Connection = await asyncpg.connect(**asyncpg_arguments(database.url))
    try:
        async with connection.transaction():
            counts = await load_folder(connection, folder)
            note = Audit(actor="system", action="seed", target="data/orgchart", detail=counts)
            await seal(connection, "orgchart", now=app.state.clock.now(), audit=[note])
    finally:
        await connection.close()


async def load_folder(connection: Connection, folder: Path) -> dict[str, int]:
    """Checks every file, then copies. Returns the number of rows by file."""
    path = folder / "dependencias.json"
    dependencias = read_rows(path, DependenciaRecord)
    check_dependencias(path, dependencias)
    zones = read_rows(folder / "zones.json", ZoneRecord)
    provinces = read_rows(folder / "provinces.json", ProvinceRecord)
    records = [row for _, row in dependencias]
    ids = {row.code: row.id for row in records}
    await _copy_dependencias(connection, records, ids)
    await _copy_territory(connection, [z for _, z in zones], [p for _, p in provinces], ids)
    regulation = await load_regulation(connection, folder, ids)
    return {"dependencias": len(records), "zones": len(zones), "provinces": len(provinces), **regulation}


async def _copy_dependencias(connection: Connection, records: list[DependenciaRecord], ids: dict[str, int]) -> None:
    await connection.copy_records_to_table(
        "dependencias",
        schema_name="orgchart",
        columns=["id", "code", "derived", "aliases", "aliases_folded", "note"],
        records=[(r.id, r.code, r.derived, r.aliases, [fold(a) for a in r.aliases], r.note) for r in records],
    )
    await connection.copy_records_to_table(
        "dependencia_versions",
        schema_name="orgchart",
        columns=[
            "dependencia_id", "valid_from", "valid_to", "name", "name_folded", "kind", "parent_id", "numeral",
            "rof_unit_id", "province", "management_level", "technical_parent_id", "other_technical_parent_ids",
            "responsible_post", "resolution", "provision", "operation", "source", "lines",
        ],
        records=[_version(r, v, ids) for r in records for v in (r.versions or [_only_version(r)])],
    )  # fmt: skip


def _only_version(record: DependenciaRecord) -> VersionRecord:
    return VersionRecord(
        numeral=record.numeral or "",
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        resolution=record.resolution,
        provision=record.provision,
        operation="original" if record.resolution == "C.D. 535" else "added",
    )


def _version(record: DependenciaRecord, version: VersionRecord, ids: dict[str, int]) -> tuple[object, ...]:
    return (
        record.id, version.valid_from, version.valid_to, record.name, fold(record.name), record.kind,
        ids[record.parent] if record.parent else None, version.numeral or None, record.rof_unit_id, record.province,
        record.management_level, ids[record.technical_parent] if record.technical_parent else None,
        [ids[code] for code in record.other_technical_parents], record.responsible_post, version.resolution,
        version.provision, version.operation, record.source, record.lines,
    )  # fmt: skip


async def _copy_territory(
    connection: Connection, zones: list[ZoneRecord], provinces: list[ProvinceRecord], ids: dict[str, int]
) -> None:
    await connection.copy_records_to_table(
        "zones",
        schema_name="orgchart",
        columns=["zone", "name", "seat", "seat_province", "valid_from", "valid_to", "lines"],
        records=[(z.zone, z.name, z.seat, z.seat_province, z.valid_from, z.valid_to, z.lines) for z in zones],
    )
    await connection.copy_records_to_table(
        "provinces",
        schema_name="orgchart",
        columns=[
            "name", "name_folded", "aliases", "dependencia_id", "zone", "seat", "management_level", "inec_code",
            "iso_code", "valid_from", "valid_to", "lines",
        ],
        records=[
            (p.name, fold(p.name), p.aliases, ids[p.dependencia], p.zone, p.seat, p.management_level, p.inec_code,
             p.iso_code, p.valid_from, p.valid_to, p.lines)
            for p in provinces
        ],
    )  # fmt: skip
