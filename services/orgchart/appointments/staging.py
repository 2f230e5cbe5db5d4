"""The table that wishes are staged in: one row per appointment somebody wants to be so."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.kit.database import Connection

CREATE: Final = """
CREATE TEMP TABLE IF NOT EXISTS wished_appointments (
    index integer NOT NULL,
    post text COLLATE "C",
    dependencia text COLLATE "C",
    person_id uuid,
    cedula text COLLATE "C",
    given_names text,
    family_names text,
    name_folded text,
    email text,
    kind text COLLATE "C",
    valid_from date,
    valid_to date,
    document text,
    subject text,
    keep_document boolean NOT NULL,
    keep_subject boolean NOT NULL,
    revoke boolean NOT NULL,
    code text COLLATE "C",
    field text,
    post_id bigint,
    dependencia_id bigint,
    collegiate boolean,
    appointment_id uuid,
    new_person boolean NOT NULL DEFAULT false,
    person_changes boolean NOT NULL DEFAULT false,
    old_from date,
    old_to date,
    rank integer,
    outcome text
) ON COMMIT DELETE ROWS"""


@dataclass(frozen=True, slots=True)
class Wish:
    """An appointment as it shall be. post or dependencia (its responsible post); person_id or cedula.

    keep_…: leave what is known when the row says nothing. code, field: what is already known to be wrong.
    """

    index: int = 0
    post: str | None = None
    dependencia: str | None = None
    person_id: UUID | None = None
    cedula: str | None = None
    given_names: str | None = None
    family_names: str | None = None
    name_folded: str | None = None
    email: str | None = None
    kind: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    document: str | None = None
    subject: str | None = None
    keep_document: bool = False
    keep_subject: bool = False
    revoke: bool = False
    code: str | None = None
    field: str | None = None


_COLUMNS: Final = [field.name for field in fields(Wish)]


async def stage(connection: Connection, wishes: list[Wish]) -> None:
    """Copies the wishes. The transaction must already be real (see kit's raw())."""
    await connection.execute(CREATE)
    await connection.execute("DELETE FROM wished_appointments")
    records: list[tuple[Any, ...]] = [tuple(getattr(wish, name) for name in _COLUMNS) for wish in wishes]
    await connection.copy_records_to_table("wished_appointments", columns=_COLUMNS, records=records)
    await connection.execute("ANALYZE wished_appointments")
