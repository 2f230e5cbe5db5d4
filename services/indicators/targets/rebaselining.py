"""Starting from another baseline: the targets that are a change on it move with it."""

import asyncpg

from services.indicators.domain.achievement import Direction
from services.indicators.domain.numbers import written
from services.indicators.domain.periods import Period
from services.indicators.domain.targets import Target, TargetKind, level_of
from services.indicators.targets.keeping import keep_assignment, keep_target, record
from services.indicators.targets.schemas import BaselineBody
from services.indicators.work import Author
from services.kit.database import Connection


async def rebaseline(
    connection: Connection, author: Author, assignment: asyncpg.Record, period: Period, body: BaselineBody
) -> int:
    """Start from another baseline; open targets that are a change on it get their level anew. Returns how many."""
    key = (assignment["dependencia_id"], assignment["id"])
    await keep_assignment(connection, author.now, *key, body.reason)
    await connection.execute(
        """UPDATE indicators.assignments SET baseline_value = $3, baseline_period = $4, baseline_kind = 'result',
               baseline_text = $5, version = version + 1, recorded_by = $7,
               recorded_at = greatest($6, recorded_at + interval '1 microsecond')
           WHERE dependencia_id = $1 AND id = $2""",
        *key,
        body.value,
        period.code,
        body.reason,
        author.now,
        author.caller.subject,
    )
    rows = await connection.fetch(
        """SELECT period, kind, value FROM indicators.targets
           WHERE dependencia_id = $1 AND assignment_id = $2 AND NOT closed
             AND (kind = 'change_on_baseline' OR (kind = 'maintain' AND value IS NULL)) ORDER BY period""",
        *key,
    )
    for row in rows:
        target = Target(TargetKind(row["kind"]), row["value"])
        level = level_of(target, Direction(assignment["direction"]), baseline=body.value)
        await keep_target(connection, author.now, *key, row["period"])
        await connection.execute(
            """UPDATE indicators.targets SET level = $4, version = version + 1, recorded_by = $6, reason = $7,
                   recorded_at = greatest($5, recorded_at + interval '1 microsecond')
               WHERE (dependencia_id, assignment_id, period) = ($1, $2, $3)""",
            *key,
            row["period"],
            level,
            author.now,
            author.caller.subject,
            body.reason,
        )
    detail = {
        "before": {"value": written(assignment["baseline_value"]), "period": assignment["baseline_period"]},
        "after": {"value": written(body.value), "period": period.code},
    }
    target_name = f"assignments/{assignment['code']}/baseline"
    periods = [row["period"] for row in rows]
    await record(connection, author, "baseline.set", target_name, assignment, periods, body.reason, detail)
    return len(rows)
