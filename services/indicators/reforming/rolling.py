"""A plan rolled over into the next: its assignments come along, each of the same indicator, without targets yet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from services.indicators.filters import SCHEMA
from services.indicators.locking import lock_dependencias
from services.kit.database import Connection
from services.kit.writing import Audit, Event, seal

ROLLED = "plan.rolled-over"

DEPENDENCIAS: Final = "SELECT DISTINCT dependencia_id FROM indicators.assignments WHERE plan = $1"

# The indicator is the lineage: years of it are one series. What the new year asks, its plan has yet to say.
# $1 old plan, $2 new plan, $3 objectives that ended, $4 instant, $5 who rolled over, $6 what is named otherwise
CLONE: Final = """
INSERT INTO indicators.assignments (dependencia_id, id, code, plan, ordinal, indicator_id, objective, level, number,
    section, statement, frequency, unit, direction, tolerance, by_progress, weight, objective_text,
    objective_reliability, responsible, feed_source, feed_rule, evidence_required, numerator_bounded, warnings, notes,
    version, recorded_at, recorded_by)
SELECT a.dependencia_id, nextval('indicators.assignment_ids'), $2 || substr(a.code, length($1) + 1), $2, a.ordinal,
    a.indicator_id,
    CASE WHEN starts_with(a.objective, $1 || '.') THEN $2 || substr(a.objective, length($1) + 1)
        ELSE coalesce($6::jsonb ->> a.objective, a.objective) END,
    a.level, a.number, a.section, a.statement, a.frequency, a.unit, a.direction, a.tolerance, a.by_progress, a.weight,
    a.objective_text, a.objective_reliability, a.responsible, a.feed_source, a.feed_rule, a.evidence_required,
    a.numerator_bounded, a.warnings, ARRAY['Continúa ' || a.code || '.'], 1, $4, $5
FROM indicators.assignments a
WHERE a.plan = $1 AND (a.objective IS NULL OR NOT a.objective = ANY ($3::text[]))
  AND NOT EXISTS (SELECT FROM indicators.assignments b
                  WHERE b.dependencia_id = a.dependencia_id AND b.code = $2 || substr(a.code, length($1) + 1))"""


class _Data(msgspec.Struct, frozen=True, rename={"old": "from"}):
    old: str
    ends: list[str] = []
    renamed: dict[str, str] = {}
    by: str = "plans"


class RolledPlan(msgspec.Struct, frozen=True):
    """old, new: plan codes; ends: objectives of the old one that do not continue; by: who rolled it over.

    renamed: successors of what is not named after its plan; the others change the plan's name within theirs.
    """

    old: str
    new: str
    ends: list[str]
    by: str
    renamed: dict[str, str] = {}


def rolled_by(event: Mapping[str, Any]) -> RolledPlan | None:
    """The rollover of a feed event; None when it is none. Raises msgspec.ValidationError."""
    if event["type"] != ROLLED:
        return None
    data = msgspec.convert(event["data"], type=_Data)
    return RolledPlan(data.old, event["subject"], data.ends, data.by, data.renamed)


async def roll_assignments(connection: Connection, plan: RolledPlan, now: datetime) -> int:
    """Assign in the new plan what continues. Returns how many; those that are there already are left alone."""
    await lock_dependencias(connection, [row[0] for row in await connection.fetch(DEPENDENCIAS, plan.old)])
    renamed = msgspec.json.encode(plan.renamed).decode()
    done = await connection.execute(CLONE, plan.old, plan.new, plan.ends, now, plan.by, renamed)
    count = int(done.rpartition(" ")[2])
    if count:
        data = {"from": plan.old, "to": plan.new, "assignments": count}
        await seal(
            connection,
            SCHEMA,
            now=now,
            events=[Event("assignment.rolled-over", plan.new, data)],
            audit=[Audit(plan.by, "assignment.rolled-over", f"plans/{plan.new}", detail=data)],
        )
    return count
