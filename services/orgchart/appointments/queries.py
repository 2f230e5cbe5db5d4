"""SQL of appointments, as lists and one by one."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.kit.access import Caller
from services.kit.database import Connection, Pool
from services.kit.pages import Key, Listing, instant
from services.orgchart.permissions import PERSON_READ
from services.orgchart.posts.queries import name_on
from services.orgchart.reach import reach_clause

IN_FORCE: Final = "a.revoked_at IS NULL AND a.valid_from <= {0} AND (a.valid_to IS NULL OR a.valid_to >= {0})"
SOURCE: Final = """orgchart.appointments a JOIN orgchart.posts p ON p.id = a.post_id
    JOIN orgchart.dependencias d ON d.id = p.dependencia_id JOIN orgchart.persons person ON person.id = a.person_id"""
KEYS: Final = {
    "dependencia": Key("d.id", "bigint"),
    "post": Key("p.code"),
    "valid_from": Key("a.valid_from", "date"),
    "kind": Key("a.kind"),
    "appointment_id": Key("a.id", "uuid"),
}
STATE: Final = """CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN a.valid_from > {0} THEN 'planned'
    WHEN a.valid_to < {0} THEN 'over' ELSE 'in_force' END"""


def appointments(caller: Caller, today: date) -> Listing:
    """A listing of appointments. Who signs in as whom is shown only where the caller may read persons."""
    listing = Listing(columns={}, source=SOURCE, keys=KEYS, order="dependencia,valid_from", unique="appointment_id")
    day = f"{listing.bind(today)}::date"
    clause, values = reach_clause(caller, PERSON_READ, "d.id", today)
    account = f"CASE WHEN {clause.format(*(listing.bind(value) for value in values))} THEN a.subject END"
    listing.columns = {
        "appointment_id": "a.id",
        "dependencia": "d.code",
        "post": "p.code",
        "post_name": name_on("a.valid_from"),
        "person": "a.person_id",
        "name": "person.given_names || ' ' || person.family_names",
        "kind": "a.kind",
        "valid_from": "a.valid_from",
        "valid_to": "a.valid_to",
        "document": "a.document",
        "subject": account,
        "state": STATE.format(day),
        "version": "a.version",
        "recorded_at": instant("a.recorded_at"),
    }
    return listing


async def appointment_document(
    connection: Connection | Pool, caller: Caller, appointment: UUID, today: date
) -> str | None:
    """The JSON of one appointment, or None."""
    listing = appointments(caller, today).where("a.id = {}", appointment)
    built = ", ".join(f"'{name}', {sql}" for name, sql in listing.columns.items())
    found: str | None = await connection.fetchval(
        f"SELECT json_build_object({built})::text FROM {SOURCE} WHERE {listing.clauses[0]}", *listing.arguments
    )
    return found


def revisions(caller: Caller, appointment: UUID, today: date) -> Listing:
    """Every state of one appointment, oldest first. Why it changed is told where the caller may read persons."""
    listing = Listing(
        columns={},
        source="""orgchart.appointment_revisions r JOIN orgchart.appointments a ON a.id = r.appointment_id
            JOIN orgchart.posts p ON p.id = a.post_id""",
        keys={"version": Key("r.version", "int")},
        order="version",
        unique="version",
    )
    clause, values = reach_clause(caller, PERSON_READ, "p.dependencia_id", today)
    listing.columns = {
        "version": "r.version",
        "valid_to": "r.valid_to",
        "document": "r.document",
        "revoked": "r.revoked_at IS NOT NULL",
        "recorded_at": instant("r.recorded_at"),
        "recorded_by": "r.recorded_by",
        "reason": f"CASE WHEN {clause.format(*(listing.bind(value) for value in values))} THEN r.reason END",
        "batch_id": "r.batch_id",
    }
    return listing.where("r.appointment_id = {}", appointment)
