"""From wishes to appointments: resolve, rule, write, tell. One path for a batch and for a single call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.kit.database import Connection
from services.kit.writing import Event
from services.orgchart.appointments.events import change_events
from services.orgchart.appointments.repository import PEOPLE_LOCK, REVISE
from services.orgchart.appointments.resolving import resolve
from services.orgchart.appointments.ruling import rule
from services.orgchart.appointments.staging import Wish, stage
from services.orgchart.work import Work

_COUNTS: Final = """
SELECT count(*) FILTER (WHERE code IS NULL AND outcome = 'created') AS created,
       count(*) FILTER (WHERE code IS NULL AND outcome = 'updated') AS updated,
       count(*) FILTER (WHERE code IS NULL AND outcome = 'unchanged') AS unchanged,
       count(*) FILTER (WHERE code IS NOT NULL) AS rejected
FROM wished_appointments"""

# Any row of a person may carry the names and the address; the rows agree, or they would have been rejected.
_PERSONS: Final = """
WITH rows AS MATERIALIZED (
    SELECT person_id, cedula, min(given_names) AS given_names, min(family_names) AS family_names,
           min(name_folded) AS name_folded, min(email) AS email, bool_or(new_person) AS is_new,
           min(dependencia_id) FILTER (WHERE code IS NULL) AS dependencia_id,
           bool_or(code IS NULL) AS lands, bool_or(person_changes AND code IS NULL) AS changes
    FROM wished_appointments WHERE cedula IS NOT NULL AND person_id IS NOT NULL GROUP BY person_id, cedula
), added AS (
    INSERT INTO orgchart.persons (id, dependencia_id, cedula, given_names, family_names, name_folded, email, salt,
                                  version, recorded_at)
    SELECT person_id, dependencia_id, cedula, given_names, family_names, name_folded, email, gen_random_uuid(), 1, $1
    FROM rows WHERE is_new AND lands
    RETURNING id
), changed AS (
    UPDATE orgchart.persons p SET given_names = coalesce(r.given_names, p.given_names),
        family_names = coalesce(r.family_names, p.family_names),
        name_folded = coalesce(r.name_folded, p.name_folded), email = coalesce(r.email, p.email),
        version = p.version + 1
    FROM rows r WHERE p.id = r.person_id AND r.changes
    RETURNING p.id
)
SELECT id FROM added UNION ALL SELECT id FROM changed"""
_UPDATE: Final = """
UPDATE orgchart.appointments a SET valid_to = w.valid_to, document = w.document, subject = w.subject,
    revoked_at = CASE WHEN w.revoke THEN $1::timestamptz END, version = a.version + 1
FROM wished_appointments w
WHERE w.code IS NULL AND w.outcome = 'updated' AND a.id = w.appointment_id
  AND (w.revoke OR (a.valid_to, a.document, a.subject) IS DISTINCT FROM (w.valid_to, w.document, w.subject))
RETURNING a.id"""
_INSERT: Final = """
INSERT INTO orgchart.appointments (id, post_id, collegiate, person_id, kind, valid_from, valid_to, document, subject,
                                   version, recorded_at)
SELECT gen_random_uuid(), post_id, collegiate, person_id, kind, valid_from, valid_to, document, subject, 1, $1
FROM wished_appointments WHERE code IS NULL AND outcome = 'created' ORDER BY index
RETURNING id"""


@dataclass(frozen=True, slots=True)
class Counts:
    created: int
    updated: int
    unchanged: int
    rejected: int

    @property
    def landed(self) -> int:
        return self.created + self.updated + self.unchanged


@dataclass(frozen=True, slots=True)
class Written:
    """What a settlement wrote: appointments, and the events that tell others."""

    appointments: tuple[UUID, ...]
    events: tuple[Event, ...]


async def judge(connection: Connection, work: Work, wishes: list[Wish]) -> Counts:
    """Stages the wishes and decides on each. Nothing lasting is written; other writers of people wait from here on."""
    await connection.execute(PEOPLE_LOCK)
    await stage(connection, wishes)
    await resolve(connection, work)
    await rule(connection)
    row = await connection.fetchrow(_COUNTS)
    if row is None:
        raise RuntimeError("counting always returns one row")
    return Counts(row["created"], row["updated"], row["unchanged"], row["rejected"])


async def write(connection: Connection, work: Work, *, reason: str | None = None, batch: UUID | None = None) -> Written:
    """Writes the wishes that were not rejected: persons (only a batch brings any), then appointments."""
    people = await connection.fetch(_PERSONS, work.now)
    # The rules have been asked already, over the final state; row by row the constraints would see states between.
    await connection.execute(
        "SET CONSTRAINTS orgchart.ex_appointments_one_holder, orgchart.ex_appointments_one_substitute DEFERRED"
    )
    changed = [row["id"] for row in await connection.fetch(_UPDATE, work.now)]
    changed += [row["id"] for row in await connection.fetch(_INSERT, work.now)]
    await connection.execute(
        "SET CONSTRAINTS orgchart.ex_appointments_one_holder, orgchart.ex_appointments_one_substitute IMMEDIATE"
    )
    await connection.execute(REVISE, changed, work.now, work.caller.subject, reason, batch)
    events = await change_events(connection, changed, work.today) if changed else []
    if people:
        events.append(Event("person.changed", str(batch), {"batch_id": str(batch), "persons": len(people)}))
    return Written(tuple(changed), tuple(events))
