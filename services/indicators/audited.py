"""What the audit trail reads before and after each act (services/kit/auditing.py): the rows that make up its target."""

from __future__ import annotations

from typing import Final


def _rows(table: str, condition: str) -> str:
    return f"SELECT '{table} ' || to_jsonb(t)::text FROM indicators.{table} t WHERE {condition}"


def _of_assignment(table: str, *, and_period: bool) -> str:
    """Rows of the assignment that the target names second, and the period that it names third."""
    same = (
        "(t.dependencia_id, t.assignment_id) = (SELECT a.dependencia_id, a.id FROM indicators.assignments a "
        "WHERE a.code = split_part($1, '/', 2))"
    )
    return _rows(table, f"{same} AND t.period = split_part($1, '/', 3)" if and_period else same)


_ASSIGNMENT: Final = _rows("assignments", "t.code = split_part($1, '/', 2)")

STATES: Final = {
    "indicator.": _rows("indicators", "t.code = split_part($1, '/', 2)"),
    "policy.": _rows("policies", "t.code = split_part($1, '/', 2)"),
    "calendar.": _rows("calendars", "t.plan = split_part($1, '/', 2)"),
    "lock-exception.": _rows("lock_exceptions", "t.id = split_part($1, '/', 2)::bigint"),
    "exemption.": _of_assignment("exemptions", and_period=True),
    "assignment.": f"{_ASSIGNMENT} UNION ALL {_of_assignment('targets', and_period=False)}",
    "baseline.": f"{_ASSIGNMENT} UNION ALL {_of_assignment('targets', and_period=False)}",
    "target.": _of_assignment("targets", and_period=True),
    # A whole plan: one digest per assignment instead of its rows.
    "targets.": """SELECT a.code || ' ' || md5(string_agg(to_jsonb(t)::text, ' ' ORDER BY t.period))
        FROM indicators.targets t
        JOIN indicators.assignments a ON (a.dependencia_id, a.id) = (t.dependencia_id, t.assignment_id)
        WHERE a.plan = split_part($1, '/', 2) GROUP BY a.code""",
    "review.": _rows(
        "measurements",
        """t.dependencia_id = (SELECT u.id FROM indicators.org_units u WHERE u.code = split_part($1, '/', 2))
           AND t.period = split_part($1, '/', 3)""",
    ),
}
