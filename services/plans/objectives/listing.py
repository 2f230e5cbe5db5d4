"""SQL of objectives and strategies as JSON, each with what it is aligned to."""

from __future__ import annotations

from services.kit.access import Caller
from services.kit.pages import Key, Listing
from services.plans.visibility import PUBLISHED, plan_visible

# What an objective serves, in the order of the document. The printed number and text are kept even where they
# disagree: number_by_text is the number whose statement the printed text really is.
ALIGNED_TO = """coalesce((
    SELECT json_agg(json_build_object(
        'code', coalesce(a.to_objective, a.to_strategy),
        'kind', CASE WHEN a.to_objective IS NULL THEN 'strategy' ELSE 'objective' END,
        'number', a.printed_number, 'text', a.printed_text, 'number_by_text', a.number_by_text,
        'basis', a.basis, 'warnings', a.warnings) ORDER BY a.id)
    FROM plans.alignments a WHERE a.from_objective = o.code), '[]'::json)"""


# In its own plan and in those that everybody sees: what others are still drafting says nothing of a strategy.
CARRIED_BY = f"""(SELECT count(*) FROM plans.alignments a JOIN plans.plans q ON q.code = a.plan
    WHERE a.to_strategy = s.code AND (q.code = s.plan OR q.status IN {PUBLISHED}))"""


def objective_listing(caller: Caller) -> Listing:
    """Objectives of the plans the caller sees, in the order of their documents."""
    clause, values = plan_visible(caller)
    return Listing(
        columns={
            "code": "o.code",
            "plan": "o.plan",
            "level": "o.level",
            "number": "o.number",
            "statement": "o.statement",
            "dependencia": "u.code",
            "aligned_to": ALIGNED_TO,
            "section": "o.section",
            "unit_printed": "o.unit_printed",
            "axis": "o.axis",
            "valid_from": "o.valid_from",
            "valid_to": "o.valid_to",
            "continues": "o.continues",
            "warnings": "o.warnings",
            "notes": "o.notes",
            "source": "o.source",
        },
        source="""plans.objectives o JOIN plans.plans p ON p.code = o.plan
                  JOIN plans.org_units u ON u.id = o.dependencia_id""",
        keys={
            "plan": Key("o.plan"),
            "position": Key("o.ordinal", "integer"),
            "code": Key("o.code"),
            "level": Key("o.level"),
            "dependencia": Key("u.code"),
        },
        order="plan,position",
        unique="code",
    ).where(clause, *values)


def strategy_listing(caller: Caller) -> Listing:
    """Strategies of the plans the caller sees. `carried_by` counts the objectives aligned to each."""
    clause, values = plan_visible(caller)
    return Listing(
        columns={
            "code": "s.code",
            "plan": "s.plan",
            "objective": "s.objective",
            "text": "s.text",
            "in_pei": "s.in_pei",
            "carried_by": CARRIED_BY,
            "valid_from": "s.valid_from",
            "valid_to": "s.valid_to",
            "continues": "s.continues",
            "warnings": "s.warnings",
            "notes": "s.notes",
            "source": "s.source",
        },
        source="plans.strategies s JOIN plans.plans p ON p.code = s.plan",
        keys={"plan": Key("s.plan"), "position": Key("s.ordinal", "integer"), "code": Key("s.code")},
        order="plan,position",
        unique="code",
    ).where(clause, *values)
