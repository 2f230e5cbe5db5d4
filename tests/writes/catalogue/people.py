"""Persons, their posts and absences. Systems keep them, in their own right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tests.orgchart.people import cedula
from tests.writes.example import Call, example, rows
from tests.writes.world import SYSTEMS, Writers

PEOPLE: Final = SYSTEMS["people"]


def facts(writers: Writers) -> dict[str, Any]:
    number = writers.number()
    return {
        "cedula": cedula(number),
        "given_names": f"Rosalba {number}",
        "family_names": f"Quishpe {number}",
        "email": f"rosalba.{number}@example.org",
        "dependencia": "DP-AZUAY",
    }


async def person(writers: Writers) -> str:
    """The opaque id of a new person."""
    made = await writers.post(PEOPLE, "/persons", facts(writers))
    return str(made["person_id"])


@example("POST /api/v1/persons", "person.changed")
async def registers_a_person(writers: Writers) -> Call:
    body = facts(writers)
    audit = rows("person.register persons/{person_id}")
    return Call(PEOPLE, "/api/v1/persons", body, audit, place="DP-AZUAY", other={**body, "email": None})


@example("PATCH /api/v1/persons/{person_id}", "person.changed")
async def corrects_a_person(writers: Writers) -> Call:
    known, new = await person(writers), facts(writers)
    body = {"cedula": new["cedula"], "email": new["email"]}
    return Call(PEOPLE, f"/api/v1/persons/{known}", body, rows(f"person.change persons/{known}"), place="DP-AZUAY")


@example("POST /api/v1/persons/{person_id}/absences", "absence.changed")
async def notes_an_absence(writers: Writers) -> Call:
    known = await person(writers)
    body = {"valid_from": str(writers.today), "valid_to": str(writers.today + timedelta(days=3))}
    return Call(
        PEOPLE,
        f"/api/v1/persons/{known}/absences",
        body,
        rows("absence.record absences/{absence_id}"),
        place="DP-AZUAY",
        other={**body, "valid_to": None},
    )


@example("PATCH /api/v1/persons/{person_id}/absences/{absence_id}", "absence.changed")
async def shortens_an_absence(writers: Writers) -> Call:
    known = await person(writers)
    body = {"valid_from": str(writers.today), "valid_to": str(writers.today + timedelta(days=3))}
    absence = (await writers.post(PEOPLE, f"/persons/{known}/absences", body))["absence_id"]
    return Call(
        PEOPLE,
        f"/api/v1/persons/{known}/absences/{absence}",
        {"valid_to": str(writers.today + timedelta(days=1))},
        rows(f"absence.change absences/{absence}"),
        place="DP-AZUAY",
    )


@example("POST /api/v1/posts", "post.changed")
async def adds_a_post(_: Writers) -> Call:
    body = {"dependencia": "DP-AZUAY", "name": "Asistente de archivo", "valid_from": "2024-01-01"}
    audit = rows("post.add posts/{code}")
    return Call(PEOPLE, "/api/v1/posts", body, audit, place="DP-AZUAY", other={**body, "name": "Conductor"})


@example("PUT /api/v1/posts/{code}", "post.changed")
async def renames_a_post(writers: Writers) -> Call:
    body = {"dependencia": "DP-AZUAY", "name": "Asistente", "valid_from": "2024-01-01"}
    code = (await writers.post(PEOPLE, "/posts", body))["code"]
    facts_of_post = {"name": "Analista", "collegiate": False, "valid_from": "2024-01-01", "valid_to": None}
    return Call(PEOPLE, f"/api/v1/posts/{code}", facts_of_post, rows(f"post.change posts/{code}"), place="DP-AZUAY")
