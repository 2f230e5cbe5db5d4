"""Reads a plan with what it may be aligned to, as plain facts for the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.kit.database import Connection, Pool
from services.plans.domain.content import (
    AlignmentFact,
    IndicatorFact,
    ObjectiveFact,
    PlanContent,
    ProjectFact,
    StrategyFact,
)

OBJECTIVES = """
    SELECT o.code, o.plan, o.level, o.statement, u.code AS dependencia, o.valid_from, o.valid_to, o.warnings
    FROM plans.objectives o JOIN plans.org_units u ON u.id = o.dependencia_id
    WHERE o.plan = ANY($1::text[]) ORDER BY o.plan, o.ordinal"""
STRATEGIES = """
    SELECT code, plan, objective, text, in_pei, valid_from, valid_to FROM plans.strategies
    WHERE plan = ANY($1::text[]) ORDER BY plan, ordinal"""
# Of a section whose alignment is stored once per top objective, one of each printed row is enough for the rules:
# the first objective stands for its section.
ALIGNMENTS = """
    SELECT from_objective, coalesce(to_objective, to_strategy) AS target, basis, printed_number, printed_text,
           number_by_text, o.section
    FROM plans.alignments a JOIN plans.objectives o ON o.code = a.from_objective
    WHERE a.plan = $1 ORDER BY a.id"""
# Lines belong to a dependencia and a year: the PAC that they are of is found by both.
HEAD = """
    SELECT p.kind, u.code AS dependencia, p.parent, p.period_from, p.period_to, (
        SELECT count(*) FROM plans.pac_lines l JOIN plans.org_closure c ON c.descendant_id = l.dependencia_id
        WHERE c.ancestor_id = p.dependencia_id AND l.status <> 'excluded'
          AND l.year BETWEEN extract(year FROM p.period_from) AND extract(year FROM p.period_to)) AS pac_lines
    FROM plans.plans p JOIN plans.org_units u ON u.id = p.dependencia_id WHERE p.code = $1"""
PROJECTS = """
    SELECT id, name, kind, phase, end_date, carried_over FROM plans.projects WHERE plan = $1 ORDER BY ordinal"""


async def load_content(
    connection: Connection | Pool, plan: str, indicators: Sequence[IndicatorFact] | None = None
) -> PlanContent:
    """The content of a plan that exists, with the objectives and strategies of the plan it develops."""
    head = await connection.fetchrow(HEAD, plan)
    if head is None:
        raise LookupError(plan)
    scope = [plan, head["parent"]] if head["parent"] else [plan]
    objectives = await connection.fetch(OBJECTIVES, scope)
    strategies = await connection.fetch(STRATEGIES, scope)
    return PlanContent(
        code=plan,
        period_from=head["period_from"],
        period_to=head["period_to"],
        objectives={r["code"]: ObjectiveFact(**{**r, "warnings": tuple(r["warnings"])}) for r in objectives},
        strategies={r["code"]: StrategyFact(**r) for r in strategies},
        alignments=tuple(_alignments(await connection.fetch(ALIGNMENTS, plan))),
        projects=tuple(ProjectFact(**r) for r in await connection.fetch(PROJECTS, plan)),
        indicators=None if indicators is None else tuple(indicators),
        kind=head["kind"],
        dependencia=head["dependencia"],
        pac_lines=head["pac_lines"],
    )


def _alignments(rows: Sequence[Any]) -> list[AlignmentFact]:
    """Alignments without their printed part where the same printed row was already seen."""
    seen: set[tuple[str, str]] = set()
    facts = []
    for row in rows:
        key = (row["section"] or row["from_objective"], row["target"])
        printed = row["basis"] == "section" and key not in seen
        seen.add(key)
        facts.append(
            AlignmentFact(
                from_=row["from_objective"],
                target=row["target"],
                printed_number=row["printed_number"] if printed else None,
                printed_text=row["printed_text"] if printed else None,
                number_by_text=row["number_by_text"] if printed else None,
            )
        )
    return facts
