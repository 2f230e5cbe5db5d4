"""One appointment at a time: make, change, revoke. The rules are those of a batch of one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from services.kit.answers import etag_for
from services.kit.database import Connection
from services.kit.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from services.kit.writing import Event, digest, seal
from services.orgchart.appointments.codes import DETAILS, FIELDS
from services.orgchart.appointments.events import state_digest
from services.orgchart.appointments.queries import appointment_document
from services.orgchart.appointments.repository import PEOPLE_LOCK
from services.orgchart.appointments.schemas import AppointmentChanges, NewAppointment
from services.orgchart.appointments.settling import judge, write
from services.orgchart.appointments.staging import Wish
from services.orgchart.permissions import APPOINTMENT_PUSH
from services.orgchart.reach import reaches
from services.orgchart.work import Work


class UnknownAppointment(NotFound):
    code = "unknown-appointment"
    title = "Designación desconocida"
    default_detail = "No existe esa designación."


class AppointmentOverlap(Conflict):
    code = "appointment-overlap"
    title = "El puesto ya está ocupado"
    default_detail = DETAILS["appointment-overlap"]


class SubstituteOutside(Conflict):
    code = "substitute-outside"
    title = "Subrogación fuera de lugar"
    default_detail = DETAILS["substitute-outside"]


class SubstituteLeftOutside(Conflict):
    code = "substitute-left-outside"
    title = "Un subrogante quedaría solo"
    default_detail = DETAILS["substitute-left-outside"]


class OutsidePostValidity(Conflict):
    code = "outside-post-validity"
    title = "El puesto no existe esos días"
    default_detail = DETAILS["outside-post-validity"]


class AppointmentAlreadyThere(Conflict):
    code = "appointment-already-there"
    title = "Designación ya registrada"
    default_detail = "Esa persona ya tiene esa designación desde ese día. Cámbiela con PATCH."


class AppointmentRevoked(Conflict):
    code = "appointment-revoked"
    title = "Designación revocada"
    default_detail = "Una designación revocada no cambia más. Registre otra."


class AppointmentInvalid(Invalid):
    code = "appointment-invalid"
    title = "Designación no válida"
    default_detail = "La designación nombra algo que no existe o fechas imposibles; vea errors."


_REFUSALS: Final = {
    kind.code: kind for kind in (AppointmentOverlap, SubstituteOutside, SubstituteLeftOutside, OutsidePostValidity)
}


async def appoint(connection: Connection, work: Work, new: NewAppointment) -> tuple[UUID, str]:
    """Id and JSON of a new appointment. Raises what `_refuse` raises, and AppointmentAlreadyThere."""
    if (new.post is None) == (new.dependencia is None):
        raise _invalid("unknown-post", "Envíe post o dependencia, uno de los dos.")
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise _invalid("invalid-date")
    wish = Wish(
        post=new.post,
        dependencia=new.dependencia,
        person_id=new.person,
        kind=new.kind,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        document=new.document,
        subject=new.subject,
    )
    counts = await judge(connection, work, [wish])
    await _refuse(connection)
    if not counts.created:
        raise AppointmentAlreadyThere
    return await _settle(connection, work, "appointment.make", None, None)


async def change_appointment(
    connection: Connection,
    work: Work,
    appointment: UUID,
    changes: AppointmentChanges,
    if_match: Callable[[str], None],
) -> str:
    """The JSON of the changed appointment. Only what was sent changes. Raises what `_refuse` raises."""
    current = await _writable(connection, work, appointment, if_match)
    sent = changes.model_dump(exclude_unset=True)
    valid_to = sent.get("valid_to", current["valid_to"])
    if valid_to is not None and valid_to < current["valid_from"]:
        raise _invalid("invalid-date", "Para una designación que no llegó a regir, revóquela.")
    wish = _wish(current, {name: sent[name] for name in ("valid_to", "document", "subject") if name in sent})
    counts = await judge(connection, work, [wish])
    await _refuse(connection)
    if counts.unchanged:
        return await _document(connection, work, appointment)
    before = await state_digest(connection, appointment)
    return (await _settle(connection, work, "appointment.change", changes.reason, before))[1]


async def revoke_appointment(connection: Connection, work: Work, appointment: UUID, reason: str) -> str:
    """The JSON of the revoked appointment: as if it had never been, but for its history."""
    current = await _writable(connection, work, appointment, None)
    await judge(connection, work, [_wish(current, {"revoke": True})])
    await _refuse(connection)
    before = await state_digest(connection, appointment)
    return (await _settle(connection, work, "appointment.revoke", reason, before))[1]


def _wish(current: dict[str, Any], changes: dict[str, Any]) -> Wish:
    names = ("post", "person_id", "kind", "valid_from", "valid_to", "document", "subject")
    return Wish(**({name: current[name] for name in names} | changes))


async def _writable(
    connection: Connection, work: Work, appointment: UUID, if_match: Callable[[str], None] | None
) -> dict[str, Any]:
    """The appointment as it stands. Raises UnknownAppointment, Forbidden, AppointmentRevoked, what if_match raises."""
    await connection.execute(PEOPLE_LOCK)
    row = await connection.fetchrow(
        """SELECT a.*, p.code AS post, p.dependencia_id FROM orgchart.appointments a
           JOIN orgchart.posts p ON p.id = a.post_id WHERE a.id = $1""",
        appointment,
    )
    if row is None:
        raise UnknownAppointment
    if not await reaches(connection, work.caller, APPOINTMENT_PUSH, row["dependencia_id"], work.today):
        raise Forbidden
    if if_match is not None:
        if_match(etag_for(await _document(connection, work, appointment)))
    if row["revoked_at"] is not None:
        raise AppointmentRevoked
    return dict(row)


async def _refuse(connection: Connection) -> None:
    """Raises the problem of the one staged row, if it was rejected."""
    code: str | None = await connection.fetchval("SELECT code FROM wished_appointments")
    if code is None:
        return
    if code == "not-in-scope":
        raise Forbidden
    refusal = _REFUSALS.get(code)
    if refusal is not None:
        raise refusal(errors=[FieldError(f"/{FIELDS[code]}", code, DETAILS[code])])
    raise _invalid(code)


def _invalid(code: str, detail: str | None = None) -> AppointmentInvalid:
    return AppointmentInvalid(errors=[FieldError(f"/{FIELDS[code]}", code, detail or DETAILS[code])])


async def _settle(
    connection: Connection, work: Work, action: str, reason: str | None, before_digest: str | None
) -> tuple[UUID, str]:
    """Writes the staged row with its feed and audit rows. Returns id and JSON."""
    written = await write(connection, work, reason=reason)
    appointment = written.appointments[0]
    document = await _document(connection, work, appointment)
    changed: Event = written.events[0]
    audit = work.audit(
        action,
        f"appointments/{appointment}",
        changed.dependencia,
        reason=reason,
        before_digest=before_digest,
        after_digest=digest(dict(changed.data)),
        detail={"kind": changed.data["kind"], "post": changed.data["post"], "version": changed.data["version"]},
    )
    await seal(connection, "orgchart", now=work.now, events=written.events, audit=[audit])
    return appointment, document


async def _document(connection: Connection, work: Work, appointment: UUID) -> str:
    document = await appointment_document(connection, work.caller, appointment, work.today)
    if document is None:
        raise UnknownAppointment
    return document
