"""Who occupies which post."""

from __future__ import annotations

from typing import Any

from tests.writes.catalogue.people import PEOPLE, facts, person
from tests.writes.example import Call, example, rows
from tests.writes.world import Writers


async def post(writers: Writers) -> str:
    """The code of a post that nobody holds."""
    body = {"dependencia": "DP-AZUAY", "name": "Asistente", "valid_from": "2024-01-01"}
    return str((await writers.post(PEOPLE, "/posts", body))["code"])


async def wanted(writers: Writers) -> dict[str, Any]:
    known, code = await person(writers), await post(writers)
    return {"person": known, "post": code, "kind": "holder", "valid_from": "2024-02-01"}


async def appointed(writers: Writers) -> str:
    return str((await writers.post(PEOPLE, "/appointments", await wanted(writers)))["appointment_id"])


@example("POST /api/v1/appointments", "appointment.changed")
async def appoints(writers: Writers) -> Call:
    body = await wanted(writers)
    audit = rows("appointment.make appointments/{appointment_id}")
    other = {**body, "valid_from": "2024-03-01"}
    return Call(PEOPLE, "/api/v1/appointments", body, audit, place="DP-AZUAY", other=other)


@example("PATCH /api/v1/appointments/{appointment_id}", "appointment.changed")
async def ends_an_appointment(writers: Writers) -> Call:
    one = await appointed(writers)
    body = {"valid_to": "2025-01-31", "reason": "Renuncia"}
    audit = rows(f"appointment.change appointments/{one}")
    return Call(PEOPLE, f"/api/v1/appointments/{one}", body, audit, place="DP-AZUAY")


@example("POST /api/v1/appointments/{appointment_id}/revocation", "appointment.changed")
async def revokes_an_appointment(writers: Writers) -> Call:
    one = await appointed(writers)
    path, body = f"/api/v1/appointments/{one}/revocation", {"reason": "Se registró por error"}
    audit = rows(f"appointment.revoke appointments/{one}")
    return Call(PEOPLE, path, body, audit, place="DP-AZUAY", other={"reason": "Otra razón"})


@example("POST /api/v1/appointment-batches", "appointment.changed", "person.changed")
async def pushes_appointments(writers: Writers) -> Call:
    who = facts(writers)
    row = {**who, "post": await post(writers), "kind": "acting", "valid_from": "2024-02-01"}
    del row["dependencia"]
    body = {"source": PEOPLE, "rows": [row]}
    return Call(
        PEOPLE,
        "/api/v1/appointment-batches",
        body,
        rows("appointment-batch.receive appointment-batches/{batch_id}"),
        other={"source": PEOPLE, "rows": [{**row, "valid_from": "2024-03-01"}]},
    )
