"""SQL of plans and their sections as JSON."""

from __future__ import annotations

from services.kit.access import Caller
from services.kit.pages import Key, Listing, instant
from services.plans.visibility import plan_visible

COLUMNS = {
    "code": "p.code",
    "kind": "p.kind",
    "title": "p.title",
    "dependencia": "u.code",
    "parent": "p.parent",
    "period_from": "p.period_from",
    "period_to": "p.period_to",
    "continues": "p.continues",
    "status": "p.status",
    "version": "p.version",
    "approval": "json_build_object('body', p.approval_body, 'act', p.approval_act, 'date', p.approval_date)",
    "warnings": "p.warnings",
    "notes": "p.notes",
    "source": "p.source",
    "updated_at": instant("p.updated_at"),
}


def plan_listing(caller: Caller) -> Listing:
    """Plans the caller sees."""
    clause, values = plan_visible(caller)
    return Listing(
        columns=COLUMNS,
        source="plans.plans p JOIN plans.org_units u ON u.id = p.dependencia_id",
        keys={
            "code": Key("p.code"),
            "title": Key("p.title_folded"),
            "period_from": Key("p.period_from", "date"),
            "status": Key("p.status"),
        },
        order="code",
        unique="code",
    ).where(clause, *values)


# A project of two dependencias is printed in the section of each and is one project.
SHARED = """EXISTS (SELECT FROM plans.project_owners x
    WHERE x.project = r.id AND x.dependencia_id = s.dependencia_id AND r.section IS NOT NULL)"""


def section_listing(caller: Caller, plan: str) -> Listing:
    """The parts of a plan as its document is divided, in its order, with what each one holds."""
    clause, values = plan_visible(caller)
    levels = ", ".join(
        f"'{level.lower()}', (SELECT count(*) FROM plans.objectives o "
        f"WHERE o.plan = s.plan AND o.section = s.number AND o.level = '{level}')"
        for level in ("N2", "N3", "N4")
    )
    kinds = ", ".join(
        f"'{name}', (SELECT count(*) FROM plans.projects r "
        f"WHERE r.plan = s.plan AND r.kind = '{kind}' AND (r.section = s.number OR {SHARED}))"
        for name, kind in (("projects", "project"), ("action_plans", "action_plan"))
    )
    return (
        Listing(
            columns={
                "plan": "s.plan",
                "number": "s.number",
                "title": "s.title",
                "dependencia": "u.code",
                "counts": f"json_build_object({levels}, {kinds})",
                "warnings": "s.warnings",
                "notes": "s.notes",
                "source": "s.source",
            },
            source="""plans.plan_sections s JOIN plans.plans p ON p.code = s.plan
                      JOIN plans.org_units u ON u.id = s.dependencia_id""",
            keys={"position": Key("s.ordinal", "integer"), "number": Key("s.number")},
            order="position",
            unique="number",
        )
        .where(clause, *values)
        .where("s.plan = {}", plan)
    )
