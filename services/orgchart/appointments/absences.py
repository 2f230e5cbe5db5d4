"""Absences: the days on which a person cannot answer for their posts, so that a substitute may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from services.kit.access import Caller, about
from services.kit.answers import etag_for
from services.kit.database import Connection, Pool
from services.kit.pages import Key, Listing, instant
from services.kit.problems import Conflict, FieldError, Forbidden, NotFound
from services.kit.writing import Event, seal
from services.orgchart.appointments.repository import PEOPLE_LOCK
from services.orgchart.appointments.ruling import substitutes_stand
from services.orgchart.appointments.schemas import AbsenceChanges, NewAbsence
from services.orgchart.appointments.service import AppointmentInvalid, SubstituteLeftOutside
from services.orgchart.people.queries import person_in_reach
from services.orgchart.people.service import UnknownPerson
from services.orgchart.permissions import APPOINTMENT_PUSH, PERSON_READ
from services.orgchart.work import Work

COLUMNS: Final = {
    "absence_id": "b.id",
    "person": "b.person_id",
    "valid_from": "b.valid_from",
    "valid_to": "b.valid_to",
    "document": "b.document",
    "version": "b.version",
    "recorded_at": instant("b.recorded_at"),
}
_BUILT: Final = ", ".join(f"'{name}', {sql}" for name, sql in COLUMNS.items())


class UnknownAbsence(NotFound):
    code = "unknown-absence"
    title = "Ausencia desconocida"
    default_detail = "No existe esa ausencia a su alcance."


class AbsenceOverlap(Conflict):
    code = "absence-overlap"
    title = "La persona ya está ausente esos días"
    default_detail = "Otra ausencia de la persona ya tiene alguno de esos días. Cambie el último día de aquella."


async def absences_of(pool: Pool, caller: Caller, person: UUID, today: date) -> Listing:
    """A listing of a person's absences. Raises UnknownPerson for one the caller may not see."""
    if await person_in_reach(pool, caller, person, today) is None:
        raise UnknownPerson
    listing = Listing(
        columns=COLUMNS,
        source="orgchart.absences b",
        keys={"valid_from": Key("b.valid_from", "date"), "absence_id": Key("b.id", "uuid")},
        order="-valid_from",
        unique="absence_id",
    )
    return listing.where("b.person_id = {}", person)


async def record_absence(connection: Connection, work: Work, person: UUID, new: NewAbsence) -> tuple[UUID, str]:
    """Id and JSON of the absence. Raises UnknownPerson, Forbidden, AppointmentInvalid, AbsenceOverlap."""
    await connection.execute(PEOPLE_LOCK)
    await _may_write(connection, work, person)
    _check_days(new.valid_from, new.valid_to)
    await _refuse_absent_twice(connection, person, new.valid_from, new.valid_to, "/valid_from")
    number = uuid4()
    await connection.execute(
        """INSERT INTO orgchart.absences (id, person_id, valid_from, valid_to, document, version, recorded_at)
           VALUES ($1, $2, $3, $4, $5, 1, $6)""",
        number,
        person,
        new.valid_from,
        new.valid_to,
        new.document,
        work.now,
    )
    return number, await _recorded(connection, work, "absence.record", number)


async def change_absence(
    connection: Connection,
    work: Work,
    person: UUID,
    number: UUID,
    changes: AbsenceChanges,
    if_match: Callable[[str], None],
) -> str:
    """The JSON of the absence with its new last day. Raises AbsenceOverlap, SubstituteLeftOutside."""
    await connection.execute(PEOPLE_LOCK)
    await _may_write(connection, work, person)
    current = await connection.fetchrow(
        "SELECT valid_from, valid_to FROM orgchart.absences WHERE id = $1 AND person_id = $2", number, person
    )
    if current is None:
        raise UnknownAbsence
    if_match(etag_for(await absence_document(connection, number)))
    _check_days(current["valid_from"], changes.valid_to)
    if current["valid_to"] is not None and (changes.valid_to is None or changes.valid_to > current["valid_to"]):
        added_from = current["valid_to"] + timedelta(days=1)
        await _refuse_absent_twice(connection, person, added_from, changes.valid_to, "/valid_to")
    await connection.execute(
        "UPDATE orgchart.absences SET valid_to = $2, version = version + 1 WHERE id = $1", number, changes.valid_to
    )
    posts = await connection.fetch(
        "SELECT DISTINCT post_id FROM orgchart.appointments WHERE person_id = $1 AND revoked_at IS NULL",
        person,
    )
    if not await substitutes_stand(connection, [post["post_id"] for post in posts]):
        raise SubstituteLeftOutside
    return await _recorded(connection, work, "absence.change", number)


async def absence_document(connection: Connection | Pool, number: UUID) -> str:
    found: str | None = await connection.fetchval(
        f"SELECT json_build_object({_BUILT})::text FROM orgchart.absences b WHERE b.id = $1", number
    )
    if found is None:
        raise UnknownAbsence
    return found


def _check_days(first: date, last: date | None) -> None:
    if last is not None and last < first:
        detail = "El último día no es anterior al primero."
        raise AppointmentInvalid(errors=[FieldError("/valid_to", "invalid-date", detail)])


async def _refuse_absent_twice(
    connection: Connection, person: UUID, first: date, last: date | None, pointer: str
) -> None:
    """Raises AbsenceOverlap when the person is already absent on one of the days."""
    taken: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT FROM orgchart.absences b
           WHERE b.person_id = $1 AND daterange(b.valid_from, b.valid_to, '[]') && daterange($2, $3, '[]'))""",
        person,
        first,
        last,
    )
    if taken:
        raise AbsenceOverlap(errors=[FieldError(pointer, AbsenceOverlap.code, AbsenceOverlap.default_detail)])


async def _may_write(connection: Connection, work: Work, person: UUID) -> None:
    seen = await person_in_reach(connection, work.caller, person, work.today, PERSON_READ)
    if seen is None:
        raise UnknownPerson
    about(msgspec.json.decode(seen)["dependencia"])
    if await person_in_reach(connection, work.caller, person, work.today, APPOINTMENT_PUSH) is None:
        raise Forbidden


async def _recorded(connection: Connection, work: Work, action: str, number: UUID) -> str:
    """Feed and audit rows, without days: when somebody was away is told to those who may read persons.

    The audit row names the dependencia that keeps the person's file.
    """
    document = await absence_document(connection, number)
    place: str | None = await connection.fetchval(
        """SELECT d.code FROM orgchart.absences b JOIN orgchart.persons p ON p.id = b.person_id
           JOIN orgchart.dependencias d ON d.id = p.dependencia_id WHERE b.id = $1""",
        number,
    )
    audit = work.audit(action, f"absences/{number}", place)
    event = Event("absence.changed", str(number), {"absence_id": str(number)})
    await seal(connection, "orgchart", now=work.now, events=[event], audit=[audit])
    return document
