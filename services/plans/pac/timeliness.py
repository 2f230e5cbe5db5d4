"""Reformas atendidas en el tiempo establecido: computed from the reforms, per dependencia and month."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from services.kit.database import Connection, Pool

# Counted: answered reforms and those whose deadline has passed without an answer. A reform still in its time is not.
COUNTS = """
    SELECT count(*) FILTER (WHERE f.answered_on <= f.deadline_on) AS in_time, count(*) AS due
    FROM plans.pac_reforms f
    WHERE f.dependencia_id = ANY($1::bigint[]) AND f.requested_on BETWEEN $2 AND $3
      AND (f.answered_on IS NOT NULL OR f.deadline_on < $4)"""


async def timeliness(
    connection: Connection | Pool, units: list[int], first: date, last: date, today: date
) -> dict[str, Any]:
    """`{in_time, due, percent}`; percent null when nothing was due."""
    row = await connection.fetchrow(
        f"""SELECT in_time, due, round(100.0 * in_time / nullif(due, 0), 4)::text AS percent FROM ({COUNTS}) c""",
        units,
        first,
        last,
        today,
    )
    if row is None:
        raise RuntimeError("an aggregate always returns one row")
    return dict(row)


async def month_of(connection: Connection | Pool, unit: int, requested_on: date, today: date) -> dict[str, Any]:
    """The month of a request as the feed tells it: `{period, numerator, denominator, value}`."""
    last = calendar.monthrange(requested_on.year, requested_on.month)[1]
    month = await timeliness(connection, [unit], requested_on.replace(day=1), requested_on.replace(day=last), today)
    return {
        "period": f"{requested_on:%Y-%m}",
        "numerator": str(month["in_time"]),
        "denominator": str(month["due"]),
        "value": month["percent"],
    }
