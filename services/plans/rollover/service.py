"""Cloning an approved plan into the draft of the next period, previewed first, in one transaction."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.clients import ServiceClient
from services.plans.domain.rollover import Rollover, renamed, roll, unknown
from services.plans.domain.workflow import REFORMABLE
from services.plans.editing.applying import judge
from services.plans.editing.repository import exists
from services.plans.editing.service import parent_covers
from services.plans.folding import folded
from services.plans.methodology.indicators import indicators_of
from services.plans.methodology.loading import load_content
from services.plans.permissions import PLAN_WRITE
from services.plans.problems import PlanExists, PlanNotApproved, refused
from services.plans.rollover.schemas import NewRollover
from services.plans.work import Work, locked_plan


async def roll_over(work: Work, code: str, new: NewRollover, client: ServiceClient, *, dry_run: bool) -> Response:
    """The preview, or the new draft with the same answer."""
    plan = await locked_plan(work, code)
    await work.demand(plan["dependencia_id"], PLAN_WRITE)
    if plan["status"] not in (*REFORMABLE, "closed"):
        raise PlanNotApproved("Solo se clona un plan aprobado, en ejecución o cerrado.")
    await refuse_wrong_period(work, plan, new)
    if await exists(work, "plans", new.code):
        raise PlanExists
    content = await load_content(work.connection, code)
    strangers = unknown(content, new.ends)
    if strangers:
        raise refused("/ends", "unknown-code", f"No son de {code}: {', '.join(strangers)}.")
    rolled = roll(content, new.period_from, new.ends)
    indicators = await indicators_of(client, code)
    body = {
        "from": code,
        "to": new.code,
        "dry_run": dry_run,
        "continues": pairs(rolled.continues, code, new.code),
        "ends": [*rolled.ends, *rolled.projects_ended],
        "projects": pairs([p.id for p in rolled.projects], code, new.code),
        "carried_over": list(rolled.carried_over),
        "indicators": None if indicators is None else lineage(indicators, rolled, code, new.code),
        "unavailable": ["indicators"] if indicators is None else [],
    }
    if dry_run:
        return Response(json_bytes(body), 200, media_type=JSON_TYPE)
    await clone(work, plan, new, rolled)
    await judge(work, new.code)
    # What the indicators service needs to take the assignments along.
    data = {"from": code, "ends": list(rolled.ends), "by": work.caller.subject}
    work.record("plan.rolled-over", new.code, data, dependencia=plan["dependencia"])
    headers = {"Location": f"/api/v1/plans/{new.code}"}
    return Response(json_bytes(body), 201, headers, media_type=JSON_TYPE)


async def refuse_wrong_period(work: Work, plan: Any, new: NewRollover) -> None:
    if new.period_from > new.period_to:
        raise refused("/period_to", "date-hole", "El período termina antes de empezar.")
    if new.period_from <= plan["period_to"]:
        detail = f"El período nuevo empieza después del {plan['period_to']}, cuando termina {plan['code']}."
        raise refused("/period_from", "period-overlap", detail)
    parent = new.parent or plan["parent"]
    if parent is not None:
        await parent_covers(work, new.code, parent, (new.period_from, new.period_to))


def pairs(codes: Any, old: str, new: str) -> list[dict[str, str]]:
    return [{"from": code, "to": renamed(code, old, new)} for code in codes]


def lineage(indicators: Any, rolled: Rollover, old: str, new: str) -> list[dict[str, Any]]:
    """The assignments that go on in the new plan, of the same indicators; those of an objective that ends do not."""
    ended = set(rolled.ends)
    return [
        {
            "assignment": i.assignment,
            "continues": i.objective not in ended,
            "to": None if i.objective in ended else renamed(i.assignment, old, new),
        }
        for i in indicators
    ]


async def clone(work: Work, plan: Any, new: NewRollover, rolled: Rollover) -> None:
    """Plan, sections, objectives, strategies, alignments and projects, set by set."""
    old, code = plan["code"], new.code
    parent = new.parent or plan["parent"]
    who = (work.now, work.caller.subject)
    run = work.connection.execute
    await run(
        """INSERT INTO plans.plans (code, kind, title, title_folded, dependencia_id, parent, period_from, period_to,
               status, version, continues, updated_at, updated_by)
           SELECT $2, kind, $3, $4, dependencia_id, $5, $6, $7, 'draft', 0, code, $8, $9
           FROM plans.plans WHERE code = $1""",
        old, code, new.title, folded(new.title), parent, new.period_from, new.period_to, *who,
    )  # fmt: skip
    await run(
        """INSERT INTO plans.plan_sections (plan, number, ordinal, dependencia_id, title)
           SELECT $2, number, ordinal, dependencia_id, title FROM plans.plan_sections WHERE plan = $1""",
        old, code,
    )  # fmt: skip
    kept = list(rolled.continues)
    await run(
        """INSERT INTO plans.objectives (code, plan, ordinal, dependencia_id, level, number, statement,
               statement_folded, section, unit_printed, axis, valid_from, valid_to, continues, updated_at, updated_by)
           SELECT $2 || substr(code, length($1) + 1), $2, ordinal, dependencia_id, level, number, statement,
               statement_folded, section, unit_printed, axis, $4, $5, code, $6, $7
           FROM plans.objectives WHERE plan = $1 AND code = ANY($3::text[])""",
        old, code, kept, new.period_from, new.period_to, *who,
    )  # fmt: skip
    await run(
        """INSERT INTO plans.strategies (code, plan, ordinal, objective, text, text_folded, in_pei, valid_from,
               valid_to, continues, updated_at, updated_by)
           SELECT $2 || substr(code, length($1) + 1), $2, ordinal,
               CASE WHEN starts_with(objective, $1 || '.') THEN $2 || substr(objective, length($1) + 1)
                    ELSE objective END,
               text, text_folded, in_pei, $4, $5, code, $6, $7
           FROM plans.strategies WHERE plan = $1 AND code = ANY($3::text[])""",
        old, code, kept, new.period_from, new.period_to, *who,
    )  # fmt: skip
    await run(
        """INSERT INTO plans.alignments (id, plan, from_objective, to_objective, to_strategy, basis, printed_number,
               printed_text, number_by_text, updated_at, updated_by)
           SELECT nextval('plans.alignment_ids'), $2, $2 || substr(a.from_objective, length($1) + 1),
               CASE WHEN starts_with(a.to_objective, $1 || '.') THEN $2 || substr(a.to_objective, length($1) + 1)
                    ELSE a.to_objective END,
               CASE WHEN starts_with(a.to_strategy, $1 || '.') THEN $2 || substr(a.to_strategy, length($1) + 1)
                    ELSE a.to_strategy END,
               a.basis, NULL, NULL, NULL, $4, $5
           FROM plans.alignments a
           WHERE a.plan = $1 AND a.from_objective = ANY($3::text[])
             AND (NOT starts_with(coalesce(a.to_objective, a.to_strategy), $1 || '.')
                  OR coalesce(a.to_objective, a.to_strategy) = ANY($3::text[]))
           ORDER BY a.id""",
        old, code, kept, *who,
    )  # fmt: skip
    await clone_projects(work, old, new, [p.id for p in rolled.projects], list(rolled.carried_over))


async def clone_projects(work: Work, old: str, new: NewRollover, kept: list[str], carried: list[str]) -> None:
    """Continuing projects keep phase, progress and dates; their code counts again in the new year."""
    run = work.connection.execute
    await run(
        """INSERT INTO plans.projects (id, plan, ordinal, dependencia_id, section, kind, code, code_printed, number,
               name, name_folded, phase, progress_percent, cut_off, start_date, end_date, carried_over, continues,
               updated_at, updated_by)
           SELECT $2 || substr(id, length($1) + 1), $2, ordinal, dependencia_id, section, kind, code, code_printed,
               number, name, name_folded, phase, progress_percent, cut_off, start_date, end_date,
               id = ANY($4::text[]), id, $5, $6
           FROM plans.projects WHERE plan = $1 AND id = ANY($3::text[])""",
        old, new.code, kept, carried, work.now, work.caller.subject,
    )  # fmt: skip
    await run(
        """INSERT INTO plans.project_owners (project, dependencia_id, ordinal, year, code)
           SELECT $2 || substr(project, length($1) + 1), dependencia_id, ordinal, $4, code
           FROM plans.project_owners WHERE project = ANY($3::text[])""",
        old, new.code, kept, new.period_from.year,
    )  # fmt: skip
    await run(
        """INSERT INTO plans.project_components (project, number, text)
           SELECT $2 || substr(project, length($1) + 1), number, text
           FROM plans.project_components WHERE project = ANY($3::text[])""",
        old, new.code, kept,
    )  # fmt: skip
