"""The rows of a plan's successor, set by set: plan, sections, objectives, strategies, alignments, projects."""

from __future__ import annotations

from typing import Any

from services.plans.domain.rollover import Rollover, renamed
from services.plans.folding import folded
from services.plans.rollover.schemas import NewRollover
from services.plans.work import Work

# $1 old plan, $2 new plan; names: old and new codes in step.
NAMES = "unnest({}::text[], {}::text[]) AS {} (old, new)"

PLAN = """
INSERT INTO plans.plans (code, kind, title, title_folded, dependencia_id, parent, period_from, period_to, status,
    version, continues, updated_at, updated_by)
SELECT $2, kind, $3, $4, dependencia_id, $5, $6, $7, 'draft', 0, code, $8, $9 FROM plans.plans WHERE code = $1"""

SECTIONS = """
INSERT INTO plans.plan_sections (plan, number, ordinal, dependencia_id, title)
SELECT $2, number, ordinal, dependencia_id, title FROM plans.plan_sections WHERE plan = $1"""

OBJECTIVES = f"""
INSERT INTO plans.objectives (code, plan, ordinal, dependencia_id, level, number, statement, statement_folded, section,
    unit_printed, axis, valid_from, valid_to, continues, updated_at, updated_by)
SELECT n.new, $2, ordinal, dependencia_id, level, number, statement, statement_folded, section, unit_printed, axis,
    $5, $6, code, $7, $8
FROM plans.objectives JOIN {NAMES.format("$3", "$4", "n")} ON n.old = code WHERE plan = $1"""

# A strategy lives as long as its objective, which may be one of the plan that this one develops.
STRATEGIES = f"""
INSERT INTO plans.strategies (code, plan, ordinal, objective, text, text_folded, in_pei, valid_from, valid_to,
    continues, updated_at, updated_by)
SELECT n.new, $2, s.ordinal, o.code, s.text, s.text_folded, s.in_pei, greatest($5, o.valid_from),
    least($6, o.valid_to), s.code, $7, $8
FROM plans.strategies s JOIN {NAMES.format("$3", "$4", "n")} ON n.old = s.code
JOIN {NAMES.format("$3", "$4", "t")} ON t.old = s.objective JOIN plans.objectives o ON o.code = t.new
WHERE s.plan = $1"""

ALIGNMENTS = f"""
INSERT INTO plans.alignments (id, plan, from_objective, to_objective, to_strategy, basis, printed_number, printed_text,
    number_by_text, updated_at, updated_by)
SELECT nextval('plans.alignment_ids'), $2, n.new, CASE WHEN a.to_objective IS NOT NULL THEN t.new END,
    CASE WHEN a.to_strategy IS NOT NULL THEN t.new END, a.basis, NULL, NULL, NULL, $5, $6
FROM plans.alignments a JOIN {NAMES.format("$3", "$4", "n")} ON n.old = a.from_objective
JOIN {NAMES.format("$3", "$4", "t")} ON t.old = coalesce(a.to_objective, a.to_strategy)
WHERE a.plan = $1 ORDER BY a.id"""

PROJECTS = f"""
INSERT INTO plans.projects (id, plan, ordinal, dependencia_id, section, kind, code, code_printed, number, name,
    name_folded, phase, progress_percent, cut_off, start_date, end_date, carried_over, continues, updated_at,
    updated_by)
SELECT n.new, $2, ordinal, dependencia_id, section, kind, code, code_printed, number, name, name_folded, phase,
    progress_percent, cut_off, start_date, end_date, id = ANY($5::text[]), id, $6, $7
FROM plans.projects JOIN {NAMES.format("$3", "$4", "n")} ON n.old = id WHERE plan = $1"""

# Here a code is kept once for its owner and year; within the year the project that is continued holds it already.
OWNERS = f"""
INSERT INTO plans.project_owners (project, dependencia_id, ordinal, year, code)
SELECT n.new, o.dependencia_id, o.ordinal, $3, CASE WHEN NOT EXISTS (SELECT FROM plans.project_owners x
    WHERE x.dependencia_id = o.dependencia_id AND x.year = $3 AND x.code = r.code) THEN r.code END
FROM plans.project_owners o JOIN plans.projects r ON r.id = o.project
JOIN {NAMES.format("$1", "$2", "n")} ON n.old = o.project"""

# What a project that goes on is judged by goes on with it: without its milestones it would have another curve, without
# its phases another clock.
PARTS = {
    "project_components": "number, text",
    "project_milestones": "number, name, weight_percent, planned_on, done_on, updated_at, updated_by",
    "project_risks": "number, description, probability, impact, response, plan_of_response, status, updated_at, "
    "updated_by",
    "project_budgets": "year, planned, accrued, updated_at, updated_by",
    "project_transitions": "number, from_phase, to_phase, reason, effective_on, actor, occurred_at",
}


async def clone(work: Work, old: str, parent: str | None, new: NewRollover, rolled: Rollover) -> None:
    """Writes the successor and all that continues in it. Printed numbers and texts stay with the old document."""
    code, run = new.code, work.connection.execute
    who = (work.now, work.caller.subject)
    period = (new.period_from, new.period_to)
    names = {part: renamed(part, old, code) for part in rolled.continues}
    targets = {**rolled.outside, **names}
    await run(PLAN, old, code, new.title, folded(new.title), parent, *period, *who)
    await run(SECTIONS, old, code)
    await run(OBJECTIVES, old, code, *columns(names), *period, *who)
    await run(STRATEGIES, old, code, *columns(targets), *period, *who)
    await run(ALIGNMENTS, old, code, *columns(targets), *who)
    projects = {p.id: renamed(p.id, old, code) for p in rolled.projects}
    await run(PROJECTS, old, code, *columns(projects), list(rolled.carried_over), *who)
    await run(OWNERS, *columns(projects), new.period_from.year)
    for table, copied in PARTS.items():
        await run(
            f"""INSERT INTO plans.{table} (project, {copied})
                SELECT n.new, {copied} FROM plans.{table} JOIN {NAMES.format("$1", "$2", "n")} ON n.old = project""",
            *columns(projects),
        )


def columns(names: dict[str, str]) -> tuple[list[Any], list[Any]]:
    """The two columns that NAMES pairs again."""
    return list(names), list(names.values())
