"""Undoing puts everything back, byte for byte, while nothing later depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from fastapi import FastAPI

from services.kit.database import Connection
from services.kit.writing import Event, digest
from services.orgchart.domain.organisation import Organisation, Unit, new_violations
from services.orgchart.reorganizations import repository
from services.orgchart.reorganizations.impact import appointments_on, hanging_on
from services.orgchart.reorganizations.problems import (
    PendingUnknown,
    ReorganizationNotUndoable,
    UnknownReorganization,
)
from services.orgchart.reorganizations.recording import announcement, write_down


async def undo(app: FastAPI, connection: Connection, number: UUID, *, actor: str, now: datetime) -> None:
    """Puts everything back as it was, byte for byte, while nothing later depends on it.

    Raises UnknownReorganization, ReorganizationNotUndoable, or PendingUnknown when a created unit cannot be asked
    about.
    """
    await repository.lock(connection)
    row = await connection.fetchrow(
        """SELECT resolution, effective_on, touched_ids, created_ids, closed_appointments, before::text AS before,
                  after_digest, status, reason
           FROM orgchart.reorganizations WHERE id = $1""",
        number,
    )
    if row is None:
        raise UnknownReorganization
    if row["status"] == "undone":
        raise ReorganizationNotUndoable("Ya se deshizo.")
    standing = await repository.organisation_of(connection)
    by_id = {unit.id: unit.code for unit in standing.values()}
    touched = [by_id[one] for one in row["touched_ids"]]
    created = [by_id[one] for one in row["created_ids"]]
    if digest(repository.image_of(standing, touched)) != row["after_digest"]:
        raise ReorganizationNotUndoable("Una reorganización posterior cambió las mismas dependencias.")
    if row["closed_appointments"]:
        raise ReorganizationNotUndoable("Al aplicarla terminaron nombramientos, y eso no se revierte.")
    await _nothing_hangs(app, connection, standing, created, row["effective_on"])
    kept = msgspec.json.decode(row["before"])
    restored = {**standing, **repository.units_from_image(kept["versions"], standing)}
    restored |= {code: replace(standing[code], versions=()) for code in created}
    await _nothing_is_built_upon(connection, number, row["created_ids"], standing, restored)
    await _forget_created(connection, row["created_ids"])
    await repository.write_versions(connection, restored, [code for code in touched if code not in created])
    await _restore_provinces(connection, kept["provinces"], row["touched_ids"])
    await _take_from_resolution(connection, number)
    await connection.execute("DELETE FROM orgchart.successions WHERE reorganization_id = $1", number)
    await connection.execute(
        "UPDATE orgchart.reorganizations SET status = 'undone', undone_at = $2, undone_by = $3 WHERE id = $1",
        number,
        now,
        actor,
    )
    left = [one for one in row["touched_ids"] if one not in row["created_ids"]]
    events = await repository.change_events(connection, left)
    events += [
        Event("dependencia.removed", by_id[one], {"id": one, "code": by_id[one]}, dependencia=by_id[one])
        for one in row["created_ids"]
    ]
    events.append(announcement("reorganization.undone", number, row["resolution"], row["effective_on"], touched))
    await write_down(connection, number, events, "reorganization.undo", actor, now, row["reason"])


async def _nothing_hangs(
    app: FastAPI, connection: Connection, standing: Mapping[str, Unit], created: Sequence[str], effective: date
) -> None:
    if not created:
        return
    below = [
        code
        for code, unit in standing.items()
        if code not in created and any(v.parent in created and v.valid_to is None for v in unit.versions)
    ]
    moved_here = [code for code in below if not _moved_by_the_act(standing[code], effective)]
    if moved_here:
        raise ReorganizationNotUndoable(f"De una dependencia creada por ella cuelga «{moved_here[0]}».")
    ids = [standing[code].id for code in created]
    if await appointments_on(connection, ids, date.min):
        raise ReorganizationNotUndoable("En una dependencia creada por ella hay nombramientos.")
    hanging = await hanging_on(app, created, effective)
    if not all(hanging.available.values()):
        raise PendingUnknown
    if hanging.items:
        raise ReorganizationNotUndoable("En otros servicios ya cuelga algo de una dependencia creada por ella.")


async def _nothing_is_built_upon(
    connection: Connection, number: UUID, created_ids: Sequence[int], standing: Organisation, restored: Organisation
) -> None:
    """What later reorganisations did with other units must still hold without this one."""
    if broken := new_violations(standing, restored):
        raise ReorganizationNotUndoable(f"Algo posterior se apoya en ella. {broken[0].detail}")
    heir = await connection.fetchval(
        """SELECT d.code FROM orgchart.successions s JOIN orgchart.dependencias d ON d.id = s.successor_id
           WHERE s.successor_id = ANY($1::bigint[]) AND s.reorganization_id <> $2 ORDER BY d.code LIMIT 1""",
        list(created_ids),
        number,
    )
    if heir is not None:
        raise ReorganizationNotUndoable(f"«{heir}», creada por ella, sucede a otra dependencia.")


def _moved_by_the_act(unit: Unit, effective: date) -> bool:
    last = unit.last
    return last is not None and last.valid_from == effective


async def _forget_created(connection: Connection, ids: Sequence[int]) -> None:
    """The identity stays, so that its code is never given to anything else; its versions and post do not."""
    await connection.execute(
        "DELETE FROM orgchart.dependencia_versions WHERE dependencia_id = ANY($1::bigint[])", list(ids)
    )
    await connection.execute("DELETE FROM orgchart.posts WHERE dependencia_id = ANY($1::bigint[])", list(ids))


async def _restore_provinces(connection: Connection, rows: Sequence[Mapping[str, Any]], touched: list[int]) -> None:
    """The rows of the directorates it touched: what other acts did with other provinces since then stays."""
    own = [dict(row) for row in rows if row["dependencia_id"] in touched]
    await connection.execute("DELETE FROM orgchart.provinces WHERE dependencia_id = ANY($1::bigint[])", touched)
    await connection.execute(
        """INSERT INTO orgchart.provinces
           SELECT * FROM jsonb_populate_recordset(NULL::orgchart.provinces, $1::jsonb)""",
        msgspec.json.encode(own).decode(),
    )


async def _take_from_resolution(connection: Connection, number: UUID) -> None:
    """One act fewer under its resolution. One that only acts brought is told by the first that stands, or goes."""
    await connection.execute(
        """WITH undone AS (SELECT resolution, jsonb_array_length(operations) AS changes
                           FROM orgchart.reorganizations WHERE id = $1),
        first AS (SELECT r.* FROM orgchart.reorganizations r JOIN undone USING (resolution)
                  WHERE r.id <> $1 AND r.status <> 'undone' ORDER BY r.applied_at, r.id LIMIT 1),
        gone AS (DELETE FROM orgchart.resolutions k USING undone
                 WHERE k.code = undone.resolution AND k.source = 'reorganization' AND NOT EXISTS (SELECT FROM first))
        UPDATE orgchart.resolutions k SET changes = k.changes - undone.changes,
            date = CASE WHEN k.source = 'reorganization'
                THEN (SELECT coalesce(first.resolution_date, first.effective_on) FROM first) ELSE k.date END,
            in_force_from = CASE WHEN k.source = 'reorganization'
                THEN (SELECT first.effective_on FROM first) ELSE k.in_force_from END
        FROM undone WHERE k.code = undone.resolution
          AND (k.source <> 'reorganization' OR EXISTS (SELECT FROM first))""",
        number,
    )
