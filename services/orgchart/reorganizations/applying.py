"""Preview, apply and undo. Apply is one transaction; what the other services do follows from its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from fastapi import FastAPI

from services.kit.database import Connection
from services.kit.problems import Conflict, FieldError, Invalid, NotFound, Unavailable
from services.kit.writing import Audit, Event, digest, seal
from services.orgchart.appointments.closing import end_appointments
from services.orgchart.domain.organisation import ONE_DAY, Unit
from services.orgchart.domain.reorganisation import Outcome, reorganise
from services.orgchart.posts.deriving import derive_posts
from services.orgchart.reorganizations import repository
from services.orgchart.reorganizations.impact import Hanging, appointments_on, hanging_on, impact_document
from services.orgchart.reorganizations.schemas import ReorganizationIn

# Services whose acknowledgement a reorganisation waits for.
FOLLOWERS = ("gateway", "indicators", "plans")


class ReorganizationRefused(Invalid):
    code, title = "reorganization-refused", "La reorganización no se puede hacer"
    default_detail = "Hay operaciones que dejarían mal la organización; vea errors. Nada cambió."


class OrganisationChanged(Conflict):
    code, title = "organisation-changed", "La organización cambió entretanto"
    default_detail = "Otra reorganización se aplicó mientras se preparaba esta. Vuelva a verla antes de aplicarla."


class ReorganizationNotUndoable(Conflict):
    code, title = "reorganization-not-undoable", "La reorganización ya no se puede deshacer"
    default_detail = "Algo posterior depende de ella. Haga una nueva reorganización que la corrija."


class UnknownReorganization(NotFound):
    code, title = "unknown-reorganization", "Reorganización desconocida"


class PendingUnknown(Unavailable):
    code, title = "pending-unknown", "No se sabe qué está pendiente"
    default_detail = (
        "Terminan dependencias sin sucesor y no responde el servicio que sabe si tienen pendientes. Repita."
    )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reorganisation worked out on the organisation as it is, not yet written."""

    before: Mapping[str, Unit]
    outcome: Outcome
    impact: dict[str, Any]


async def propose(app: FastAPI, wanted: ReorganizationIn) -> Proposal:
    """Works it out and asks what hangs on the units. Raises ReorganizationRefused or PendingUnknown."""
    pool = app.state.database.pool
    before = await repository.organisation_of(pool)
    first_id = await repository.next_id(pool)
    draft = reorganise(before, wanted.rules(), wanted.act(), first_id)
    _raise_refusals(draft)
    hanging = await hanging_on(app, _asked_about(draft), wanted.effective_on)
    outcome = reorganise(before, wanted.rules(), wanted.act(), first_id, hanging.open_items)
    _raise_refusals(outcome)
    _know_enough(outcome, hanging)
    ids = [before[code].id for code in outcome.ended]
    for code, count in (await appointments_on(pool, ids, wanted.effective_on)).items():
        hanging.add(code, "appointments", count)
    return Proposal(before, outcome, impact_document(before, outcome, wanted.effective_on, hanging))


def _asked_about(outcome: Outcome) -> list[str]:
    return [code for code in outcome.touched if code not in outcome.created]


def _raise_refusals(outcome: Outcome) -> None:
    if outcome.refusals:
        raise ReorganizationRefused(
            errors=[
                FieldError("/operations" if r.operation is None else f"/operations/{r.operation}", r.code, r.detail)
                for r in outcome.refusals
            ]
        )


def _know_enough(outcome: Outcome, hanging: Hanging) -> None:
    followed = {succession.predecessor for succession in outcome.successions}
    ignorant = not (hanging.available["plans"] and hanging.available["indicators"])
    if ignorant and any(code not in followed for code in outcome.ended):
        raise PendingUnknown


async def apply(
    connection: Connection, wanted: ReorganizationIn, proposal: Proposal, *, actor: str, now: datetime
) -> UUID:
    """Writes the reorganisation inside the caller's transaction. Raises OrganisationChanged."""
    await repository.lock(connection)
    outcome, before = proposal.outcome, proposal.before
    standing = await repository.organisation_of(connection)
    if standing != before:
        raise OrganisationChanged
    known = [code for code in outcome.touched if code not in outcome.created]
    kept = {
        "versions": repository.image_of(before, known),
        "provinces": await _provinces(connection),
        "resolution": await _resolution(connection, wanted.resolution),
    }
    await repository.create_identities(connection, outcome.organisation, outcome.created)
    await repository.write_versions(connection, outcome.organisation, outcome.touched)
    await repository.change_levels(connection, outcome.organisation, outcome.levels, wanted.effective_on)
    await _add_resolution(connection, wanted)
    events = await _close_appointments(connection, outcome, before, wanted, actor, now)
    await derive_posts(connection)
    number = await _record(connection, wanted, proposal, kept, len(events), actor, now)
    await repository.write_successions(connection, outcome.organisation, outcome.successions, number)
    ids = [outcome.organisation[code].id for code in outcome.touched]
    events = [*(await repository.change_events(connection, ids)), *events]
    events.append(_event("reorganization.applied", number, wanted.resolution, wanted.effective_on, outcome.touched))
    await _sealed(connection, number, events, "reorganization.apply", actor, now, wanted.reason)
    return number


async def _close_appointments(
    connection: Connection,
    outcome: Outcome,
    before: Mapping[str, Unit],
    wanted: ReorganizationIn,
    actor: str,
    now: datetime,
) -> list[Event]:
    ended = [before[code].id for code in outcome.ended]
    if not ended:
        return []
    return await end_appointments(
        connection, ended, wanted.effective_on - ONE_DAY, actor=actor, reason=wanted.resolution, now=now
    )


def _event(kind: str, number: UUID, resolution: str, effective: date, touched: Sequence[str]) -> Event:
    data = {"id": str(number), "resolution": resolution, "effective_on": effective, "dependencias": list(touched)}
    return Event(kind, str(number), data)


async def _sealed(
    connection: Connection,
    number: UUID,
    events: Sequence[Event],
    action: str,
    actor: str,
    now: datetime,
    reason: str | None,
) -> None:
    note = Audit(actor=actor, action=action, target=str(number), reason=reason)
    position = await seal(connection, "orgchart", now=now, events=events, audit=[note])
    await connection.execute("UPDATE orgchart.reorganizations SET feed_position = $2 WHERE id = $1", number, position)


async def _provinces(connection: Connection) -> list[Any]:
    rows = await connection.fetch(repository.PROVINCES)
    return [msgspec.json.decode(row["row"]) for row in rows]


async def _resolution(connection: Connection, code: str) -> Any:
    found = await connection.fetchval("SELECT to_jsonb(r)::text FROM orgchart.resolutions r WHERE code = $1", code)
    return msgspec.json.decode(found) if found is not None else None


async def _add_resolution(connection: Connection, wanted: ReorganizationIn) -> None:
    """A resolution that is not known yet; a known one only counts more changes."""
    await connection.execute(
        """INSERT INTO orgchart.resolutions (code, date, in_force_from, changes, source)
           VALUES ($1, $2, $3, $4, 'reorganization')
           ON CONFLICT (code) DO UPDATE SET changes = orgchart.resolutions.changes + excluded.changes""",
        wanted.resolution,
        wanted.resolution_date or wanted.effective_on,
        wanted.effective_on,
        len(wanted.operations),
    )


async def _record(
    connection: Connection,
    wanted: ReorganizationIn,
    proposal: Proposal,
    kept: Mapping[str, Any],
    closed: int,
    actor: str,
    now: datetime,
) -> UUID:
    outcome, number = proposal.outcome, uuid4()
    operations = [operation.model_dump(mode="json") for operation in wanted.operations]
    await connection.execute(
        """INSERT INTO orgchart.reorganizations
               (id, resolution, resolution_date, provision, effective_on, reason, operations, impact, touched_ids,
                created_ids, closed_appointments, before, after_digest, status, applied_at, applied_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'propagating', $14, $15)""",
        number,
        wanted.resolution,
        wanted.resolution_date,
        wanted.provision,
        wanted.effective_on,
        wanted.reason,
        msgspec.json.encode(operations).decode(),
        msgspec.json.encode(proposal.impact).decode(),
        [outcome.organisation[code].id for code in outcome.touched],
        [outcome.organisation[code].id for code in outcome.created],
        closed,
        msgspec.json.encode(kept).decode(),
        digest(repository.image_of(outcome.organisation, outcome.touched)),
        now,
        actor,
    )
    return number


# -- undo ---------------------------------------------------------------------------------------------------


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
    await _forget_created(connection, row["created_ids"])
    await repository.write_versions(connection, restored, [code for code in touched if code not in created])
    await _restore_provinces(connection, kept["provinces"])
    await _restore_resolution(connection, row["resolution"], kept["resolution"])
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
    events.append(_event("reorganization.undone", number, row["resolution"], row["effective_on"], touched))
    await _sealed(connection, number, events, "reorganization.undo", actor, now, row["reason"])


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


def _moved_by_the_act(unit: Unit, effective: date) -> bool:
    last = unit.last
    return last is not None and last.valid_from == effective


async def _forget_created(connection: Connection, ids: Sequence[int]) -> None:
    """The identity stays, so that its code is never given to anything else; its versions and post do not."""
    await connection.execute(
        "DELETE FROM orgchart.dependencia_versions WHERE dependencia_id = ANY($1::bigint[])", list(ids)
    )
    await connection.execute("DELETE FROM orgchart.posts WHERE dependencia_id = ANY($1::bigint[])", list(ids))


async def _restore_provinces(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if [dict(row) for row in rows] == await _provinces(connection):
        return
    await connection.execute("DELETE FROM orgchart.provinces")
    await connection.execute(
        """INSERT INTO orgchart.provinces
           SELECT * FROM jsonb_populate_recordset(NULL::orgchart.provinces, $1::jsonb)""",
        msgspec.json.encode(list(rows)).decode(),
    )


async def _restore_resolution(connection: Connection, code: str, before: Mapping[str, Any] | None) -> None:
    if before is None:
        await connection.execute("DELETE FROM orgchart.resolutions WHERE code = $1", code)
    else:
        await connection.execute(
            "UPDATE orgchart.resolutions SET changes = $2 WHERE code = $1", code, before["changes"]
        )
