"""What the audit trail reads before and after each act (services/kit/auditing.py): the rows that make up its target.

Persons are not here: digests of personal data are salted, where they are written (people/service.py).
"""

from __future__ import annotations

from typing import Final


def _rows(table: str, key: str) -> str:
    return f"SELECT to_jsonb(t)::text FROM orgchart.{table} t WHERE t.id = {key}::uuid"


STATES: Final = {
    "absence.": _rows("absences", "split_part($1, '/', 2)"),
    "appointment-batch.": _rows("appointment_batches", "split_part($1, '/', 2)"),
    "reorganization.": _rows("reorganizations", "$1::text"),
}
