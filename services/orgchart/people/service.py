"""Registering persons and correcting what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from services.kit.access import about
from services.kit.answers import etag_for
from services.kit.database import Connection
from services.kit.folding import fold
from services.kit.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from services.kit.writing import Event, digest, seal
from services.orgchart.appointments.repository import PEOPLE_LOCK
from services.orgchart.named import dependencia_id_of
from services.orgchart.people.queries import person_in_reach
from services.orgchart.people.schemas import NewPerson, PersonChanges
from services.orgchart.permissions import PERSON_READ, PERSON_WRITE
from services.orgchart.reach import reaches
from services.orgchart.work import Work

_REQUIRED = ("cedula", "given_names", "family_names", "dependencia")


class UnknownPerson(NotFound):
    code = "unknown-person"
    title = "Persona desconocida"
    default_detail = "No existe esa persona a su alcance."


class PersonAlreadyRegistered(Conflict):
    """Says only that the number is taken; of whom, is for those who may read persons."""

    code = "person-already-registered"
    title = "Persona ya registrada"
    default_detail = "Esa cédula ya está registrada. Búsquela en /persons/lookup o pídala a quien lleva su expediente."


class ValueRequired(Invalid):
    code = "value-required"
    title = "Dato obligatorio"
    default_detail = "Solo el correo puede quedar vacío."


async def register_person(connection: Connection, work: Work, new: NewPerson) -> tuple[UUID, str]:
    """Id and JSON of the new person. Raises DependenciaNotFound, Forbidden, PersonAlreadyRegistered."""
    await connection.execute(PEOPLE_LOCK)
    dependencia_id = await _writable(connection, work, new.dependencia)
    person, salt = uuid4(), uuid4()
    try:
        await connection.execute(
            """INSERT INTO orgchart.persons (id, dependencia_id, cedula, given_names, family_names, name_folded, email,
                   salt, version, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)""",
            person,
            dependencia_id,
            new.cedula,
            new.given_names,
            new.family_names,
            fold(f"{new.family_names} {new.given_names}"),
            new.email,
            salt,
            work.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise PersonAlreadyRegistered from error
    return person, await _recorded(connection, work, "person.register", person, None)


async def change_person(
    connection: Connection, work: Work, person: UUID, changes: PersonChanges, if_match: Callable[[str], None]
) -> str:
    """The JSON of the changed person. if_match: called with the current ETag.

    Raises UnknownPerson, Forbidden, ValueRequired, DependenciaNotFound, PersonAlreadyRegistered.
    """
    await connection.execute(PEOPLE_LOCK)
    before = await person_in_reach(connection, work.caller, person, work.today, PERSON_READ)
    if before is None:
        raise UnknownPerson
    facts: dict[str, Any] = msgspec.json.decode(before)
    about(facts["dependencia"])
    if await person_in_reach(connection, work.caller, person, work.today, PERSON_WRITE) is None:
        raise Forbidden
    if_match(etag_for(before))
    facts.update(_sent(changes))
    dependencia_id = await _writable(connection, work, facts["dependencia"], moved="dependencia" in _sent(changes))
    try:
        await connection.execute(
            """UPDATE orgchart.persons SET dependencia_id = $2, cedula = $3, given_names = $4, family_names = $5,
                   name_folded = $6, email = $7, version = version + 1 WHERE id = $1""",
            person,
            dependencia_id,
            facts["cedula"],
            facts["given_names"],
            facts["family_names"],
            fold(f"{facts['family_names']} {facts['given_names']}"),
            facts["email"],
        )
    except asyncpg.UniqueViolationError as error:
        raise PersonAlreadyRegistered from error
    return await _recorded(connection, work, "person.change", person, before)


def _sent(changes: PersonChanges) -> dict[str, Any]:
    sent = changes.model_dump(exclude_unset=True)
    for name in _REQUIRED:
        if name in sent and sent[name] is None:
            raise ValueRequired(errors=[FieldError(f"/{name}", ValueRequired.code, ValueRequired.default_detail)])
    return sent


async def _writable(connection: Connection, work: Work, code: str, *, moved: bool = True) -> int:
    """The id of the dependencia that keeps the file; a file may stay where it is, but moves only within reach."""
    found = await dependencia_id_of(connection, code)
    if moved and not await reaches(connection, work.caller, PERSON_WRITE, found, work.today):
        raise Forbidden
    return found


async def _recorded(connection: Connection, work: Work, action: str, person: UUID, before: str | None) -> str:
    """Feed and audit rows, which know the person by the opaque id only; then the person's JSON."""
    row = await connection.fetchrow("SELECT salt FROM orgchart.persons WHERE id = $1", person)
    after = await person_in_reach(connection, work.caller, person, work.today, PERSON_WRITE)
    if row is None or after is None:
        raise UnknownPerson
    salt = str(row["salt"])
    facts = msgspec.json.decode(after)
    audit = work.audit(
        action,
        f"persons/{person}",
        facts["dependencia"],
        before_digest=None if before is None else digest([salt, msgspec.json.decode(before)]),
        after_digest=digest([salt, facts]),
    )
    event = Event("person.changed", str(person), {"person": str(person)}, facts["dependencia"])
    await seal(connection, "orgchart", now=work.now, events=[event], audit=[audit])
    return after
