"""The organisation out of the database and back into it, as whole versions of the units that change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.kit.database import Connection, Pool
from services.kit.folding import fold
from services.kit.writing import Event
from services.orgchart.dependencias.replication import RECORDS
from services.orgchart.domain.organisation import Organisation, Unit, Version
from services.orgchart.domain.reorganisation import ChangeLevel, Succession

VERSION_COLUMNS = (
    "dependencia_id", "valid_from", "valid_to", "name", "name_folded", "kind", "parent_id", "numeral", "rof_unit_id",
    "province", "management_level", "technical_parent_id", "other_technical_parent_ids", "responsible_post",
    "resolution", "provision", "operation", "source", "lines", "ended_by_reorganization",
)  # fmt: skip
_UNITS = """
    SELECT d.id, d.code, d.derived, v.*, parent.code AS parent, technical.code AS technical_parent,
           ARRAY(SELECT o.code FROM unnest(v.other_technical_parent_ids) WITH ORDINALITY AS x (id, n)
                 JOIN orgchart.dependencias o ON o.id = x.id ORDER BY x.n) AS others
    FROM orgchart.dependencias d
    LEFT JOIN orgchart.dependencia_versions v ON v.dependencia_id = d.id
    LEFT JOIN orgchart.dependencias parent ON parent.id = v.parent_id
    LEFT JOIN orgchart.dependencias technical ON technical.id = v.technical_parent_id
    ORDER BY d.id, v.valid_from"""


async def lock(connection: Connection) -> None:
    """One reorganisation at a time: each is decided on the organisation as the one before left it."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('orgchart.reorganizations'), 3)")


async def organisation_of(connection: Connection | Pool) -> dict[str, Unit]:
    """Every unit with its versions, by code. A unit whose creation was undone has none."""
    units: dict[str, Unit] = {}
    for row in await connection.fetch(_UNITS):
        known = units.get(row["code"])
        versions = known.versions if known else ()
        if row["valid_from"] is not None:
            versions = (*versions, _version(row))
        units[row["code"]] = Unit(row["id"], row["code"], row["derived"], versions)
    return units


def _version(row: asyncpg.Record) -> Version:
    return Version(
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        name=row["name"],
        kind=row["kind"],
        parent=row["parent"],
        numeral=row["numeral"],
        rof_unit_id=row["rof_unit_id"],
        province=row["province"],
        management_level=row["management_level"],
        technical_parent=row["technical_parent"],
        other_technical_parents=tuple(row["others"]),
        responsible_post=row["responsible_post"],
        resolution=row["resolution"],
        provision=row["provision"],
        operation=row["operation"],
        source=row["source"],
        lines=tuple(row["lines"]),
        ended_by_reorganization=row["ended_by_reorganization"],
    )


async def next_id(connection: Connection | Pool) -> int:
    found: int = await connection.fetchval("SELECT coalesce(max(id), 0) + 1 FROM orgchart.dependencias")
    return found


async def create_identities(connection: Connection, organisation: Organisation, codes: Iterable[str]) -> None:
    await connection.executemany(
        """INSERT INTO orgchart.dependencias (id, code, derived, aliases, aliases_folded, note)
           VALUES ($1, $2, $3, '{}', '{}', NULL)""",
        [(organisation[code].id, code, organisation[code].derived) for code in codes],
    )


async def write_versions(connection: Connection, organisation: Organisation, codes: Iterable[str]) -> None:
    """Replaces the versions of the units with the organisation's."""
    units = [organisation[code] for code in codes]
    await connection.execute(
        "DELETE FROM orgchart.dependencia_versions WHERE dependencia_id = ANY($1::bigint[])", [u.id for u in units]
    )
    ids = {unit.code: unit.id for unit in organisation.values()}
    await connection.copy_records_to_table(
        "dependencia_versions",
        schema_name="orgchart",
        columns=list(VERSION_COLUMNS),
        records=[_row(unit, version, ids) for unit in units for version in unit.versions],
    )


def _row(unit: Unit, version: Version, ids: Mapping[str, int]) -> tuple[Any, ...]:
    return (
        unit.id, version.valid_from, version.valid_to, version.name, fold(version.name), version.kind,
        ids[version.parent] if version.parent else None, version.numeral, version.rof_unit_id, version.province,
        version.management_level, ids[version.technical_parent] if version.technical_parent else None,
        [ids[code] for code in version.other_technical_parents], version.responsible_post, version.resolution,
        version.provision, version.operation, version.source, list(version.lines),
        version.ended_by_reorganization,
    )  # fmt: skip


async def write_successions(
    connection: Connection, organisation: Organisation, successions: Sequence[Succession], reorganization: UUID
) -> None:
    await connection.executemany(
        """INSERT INTO orgchart.successions (predecessor_id, successor_id, effective_on, share, reorganization_id)
           VALUES ($1, $2, $3, $4, $5)""",
        [
            (organisation[s.predecessor].id, organisation[s.successor].id, s.on, s.share, reorganization)
            for s in successions
        ],
    )


async def change_levels(
    connection: Connection, organisation: Organisation, levels: Sequence[ChangeLevel], effective: date
) -> None:
    """A new version of the province's row. The seat of a zone stays what the regulation says."""
    for change in levels:
        row = await connection.fetchrow(
            "SELECT * FROM orgchart.provinces WHERE dependencia_id = $1 AND valid_to IS NULL",
            organisation[change.province].id,
        )
        if row is None:
            continue
        await connection.execute(
            "UPDATE orgchart.provinces SET valid_to = $2::date - 1 WHERE dependencia_id = $1 AND valid_to IS NULL",
            row["dependencia_id"],
            effective,
        )
        facts = {**dict(row), "management_level": change.level, "valid_from": effective}
        names = ", ".join(facts)
        marks = ", ".join(f"${number}" for number in range(1, len(facts) + 1))
        await connection.execute(f"INSERT INTO orgchart.provinces ({names}) VALUES ({marks})", *facts.values())


async def change_events(connection: Connection, ids: Sequence[int]) -> list[Event]:
    """One `dependencia.changed` with its whole record for every unit that still has versions."""
    rows = await connection.fetch(
        f"SELECT r.record::text AS record FROM ({RECORDS} WHERE d.id = ANY($1::bigint[])) r ORDER BY r.id", list(ids)
    )
    records = [msgspec.json.decode(row["record"]) for row in rows]
    return [Event("dependencia.changed", r["code"], r, dependencia=r["code"]) for r in records]


def image_of(organisation: Organisation, codes: Iterable[str]) -> dict[str, Any]:
    """Plain data of the versions of some units: kept to undo, and digested to know that nobody changed them since."""
    return {code: msgspec.to_builtins(organisation[code].versions) for code in sorted(codes)}


def units_from_image(image: Mapping[str, Any], organisation: Organisation) -> dict[str, Unit]:
    """The units as an image had them."""
    return {
        code: Unit(
            organisation[code].id,
            code,
            organisation[code].derived,
            tuple(msgspec.convert(version, Version, strict=False) for version in versions),
        )
        for code, versions in image.items()
    }
