"""What orgchart's changes do to grants: units that end take their grants with them, stand-ins receive the holder's.

Runs in the transaction that moves the replica's cursor, in feed order, and may run twice for one event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from gateway.grants.access import touch
from services.kit.database import Connection

STANDS_IN: Final = frozenset({"acting", "substitute"})


async def unit_changed(connection: Connection, event: Mapping[str, Any]) -> None:
    """Whether a unit is in force is read with the grants; here they only have to be read anew."""
    await touch(connection)


async def appointment_changed(connection: Connection, event: Mapping[str, Any]) -> None:
    """Keeps the latest whole state of an appointment that lets somebody stand in for somebody else."""
    facts = event["data"]
    valid_from, valid_to = _day(facts["valid_from"]), _day(facts["valid_to"])
    gives = (
        facts["kind"] in STANDS_IN
        and not facts["ended"]
        and facts["subject"] is not None
        and facts["in_place_of"] is not None
        and facts["subject"] != facts["in_place_of"]
        and (valid_to is None or (valid_from is not None and valid_to >= valid_from))
    )
    identity = UUID(facts["appointment_id"])
    if not gives:
        await connection.execute("DELETE FROM gateway.appointments WHERE id = $1", identity)
    else:
        await connection.execute(
            """INSERT INTO gateway.appointments (id, version, subject, in_place_of, dependencia, kind,
                   valid_from, valid_to)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (id) DO UPDATE SET version = excluded.version, subject = excluded.subject,
                   in_place_of = excluded.in_place_of, dependencia = excluded.dependencia, kind = excluded.kind,
                   valid_from = excluded.valid_from, valid_to = excluded.valid_to""",
            identity,
            facts["version"],
            facts["subject"],
            facts["in_place_of"],
            facts["dependencia"],
            facts["kind"],
            valid_from,
            valid_to,
        )
    await touch(connection)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


HANDLERS: Final = {
    "dependencia.changed": unit_changed,
    "dependencia.removed": unit_changed,
    "appointment.changed": appointment_changed,
}
