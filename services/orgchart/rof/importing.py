"""The import of the regulation's text: read, check, compare, store — or nothing at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.kit.database import Connection
from services.kit.writing import Audit, Event, seal
from services.orgchart.importers.rof import Codification, Finding
from services.orgchart.importers.rof.facts import unit_facts
from services.orgchart.importers.rof.model import ProvinceRow, Severity
from services.orgchart.importers.rof.spanish import words
from services.orgchart.rof.comparison import StoredVersion, contradictions, identify
from services.orgchart.rof.storing import Progress, store


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. `import_id` is None when nothing was stored (refused, or a dry run)."""

    import_id: UUID | None
    changed: bool
    sha256: str
    counts: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return any(f.severity is Severity.ERROR for f in self.findings)


def _silent(_: str, __: int) -> None:
    return None


async def import_codification(
    connection: Connection,
    read: Codification,
    content: bytes,
    *,
    actor: str,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = _silent,
) -> ImportOutcome:
    """Stores a codification that was read from `content`, inside the caller's transaction.

    An error among the findings stores nothing. The same content again changes nothing.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if read.errors:
        return ImportOutcome(None, False, sha256, {}, read.findings)
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('orgchart.rof_imports'), 2)")
    facts = unit_facts(read)
    stored = await _stored(connection)
    ids, more = identify(facts, stored)
    findings = [*read.findings, *more, *contradictions(facts, ids, stored)]
    findings += await _territory(connection, read.provinces)
    outcome = ImportOutcome(None, False, sha256, {}, tuple(sorted(findings, key=lambda f: (f.line, f.code))))
    last = await connection.fetchrow(
        "SELECT id, sha256, counts::text AS counts FROM orgchart.rof_imports ORDER BY imported_at DESC, id LIMIT 1"
    )
    if last is not None and last["sha256"] == sha256:
        counts = msgspec.json.decode(last["counts"], type=dict[str, int])
        if not dry_run:
            note = Audit(actor, "rof.import", str(last["id"]), before_digest=sha256, after_digest=sha256)
            await seal(connection, "orgchart", now=now, audit=[note])
        return ImportOutcome(last["id"], False, sha256, counts, outcome.findings)
    if outcome.refused or dry_run:
        return outcome
    counts = await store(connection, read, facts, ids, progress)
    done = ImportOutcome(uuid4(), True, sha256, counts, (*outcome.findings, *await _dependencias(connection)))
    await _record(connection, done, len(content), actor, now)
    return done


async def _stored(connection: Connection) -> list[StoredVersion]:
    rows = await connection.fetch(
        """SELECT v.unit_id, v.numeral, v.name, v.process_name, v.responsible_post, v.valid_from, v.valid_to,
                  v.resolution, v.provision
           FROM orgchart.rof_unit_versions v ORDER BY v.unit_id, v.valid_from"""
    )
    counts: dict[str, dict[date, tuple[int, int]]] = {}
    for row in await connection.fetch(
        "SELECT unit_id, valid_from, attributions, products FROM orgchart.rof_unit_counts"
    ):
        counts.setdefault(row["unit_id"], {})[row["valid_from"]] = (row["attributions"], row["products"])
    return [StoredVersion(**dict(row), counts=counts.get(row["unit_id"], {})) for row in rows]


async def _territory(connection: Connection, rows: Sequence[ProvinceRow]) -> list[Finding]:
    """Art. 12 against the stored provinces: zone and level. Provinces change by reorganisation, not by import."""
    stored = {
        words(row["name"]): (row["zone"], row["management_level"])
        for row in await connection.fetch("SELECT name, zone, management_level FROM orgchart.provinces")
    }
    return [
        Finding(
            row.line,
            "contradicts-stored-fact",
            Severity.WARNING,
            f"{row.province}: zona {row.zone}, nivel {row.level}; guardado: {stored.get(words(row.province))}",
        )
        for row in rows
        if stored.get(words(row.province)) != (row.zone, row.level)
    ]


async def _dependencias(connection: Connection) -> list[Finding]:
    """Central units and their dependencias must say the same; an import does not change dependencias."""
    rows = await connection.fetch(
        """SELECT v.numeral, v.name, v.lines[1] AS line, d.code, last.numeral AS now_numbered, last.valid_to AS ended
           FROM orgchart.rof_unit_versions v JOIN orgchart.rof_units u ON u.id = v.unit_id
           LEFT JOIN orgchart.dependencias d ON d.id = u.dependencia_id
           LEFT JOIN LATERAL (SELECT x.numeral, x.valid_to FROM orgchart.dependencia_versions x
               WHERE x.dependencia_id = d.id ORDER BY x.valid_from DESC LIMIT 1) last ON true
           WHERE v.valid_to IS NULL AND v.kind !~ '^(provincial_|service_center)'
             AND (d.id IS NULL OR last.numeral IS DISTINCT FROM v.numeral OR last.valid_to IS NOT NULL)
           ORDER BY v.numeral_key"""
    )
    return [
        Finding(
            row["line"] or 1,
            "dependencia-differs" if row["code"] else "dependencia-missing",
            Severity.WARNING,
            f"{row['numeral']} {row['name']}" + (f": {row['code']} tiene {row['now_numbered']}" if row["code"] else ""),
        )
        for row in rows
    ]


async def _record(connection: Connection, done: ImportOutcome, size: int, actor: str, now: datetime) -> None:
    await connection.execute(
        """INSERT INTO orgchart.rof_imports (id, imported_at, actor, sha256, size_bytes, changed, counts, findings)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        done.import_id,
        now,
        actor,
        done.sha256,
        size,
        done.changed,
        msgspec.json.encode(done.counts).decode(),
        msgspec.json.encode([finding_document(f) for f in done.findings]).decode(),
    )
    event = Event("rof.imported", str(done.import_id), {"sha256": done.sha256, "counts": done.counts})
    note = Audit(actor=actor, action="rof.import", target=str(done.import_id), after_digest=done.sha256)
    await seal(connection, "orgchart", now=now, events=[event], audit=[note])


def finding_document(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "code": finding.code,
        "severity": str(finding.severity),
        "detail": finding.detail,
    }
