"""SQL of reforms and of what they changed as JSON."""

from __future__ import annotations

from services.kit.access import Caller
from services.kit.pages import Key, Listing, instant
from services.plans.permissions import SEES_DRAFTS
from services.plans.visibility import in_reach, merged_scopes, plan_visible

# What became of each target is the indicators service's to say: `pending` until it has said so.
TARGETS = """(SELECT coalesce(json_agg(json_build_object('operation', o.place - 1, 'assignment', o.item->>'assignment',
        'period', o.item->>'period', 'value', o.item->>'value', 'value_to', o.item->>'value_to',
        'kind', o.item->>'kind', 'before', NULL, 'status', CASE f.status WHEN 'approved' THEN 'pending'
            WHEN 'rejected' THEN 'dropped' ELSE 'proposed' END, 'code', NULL, 'detail', NULL, 'version', NULL)
        ORDER BY o.place), '[]'::json)
    FROM jsonb_array_elements(f.operations) WITH ORDINALITY AS o (item, place)
    WHERE o.item->>'op' = 'change_target')"""


def one_reform(caller: Caller, plan: str, number: int) -> Listing:
    """A reform with the targets it changes, as far as this service knows."""
    listing = reform_listing(caller, plan).where("f.number = {}", number)
    listing.columns = {**listing.columns, "targets": TARGETS, "unavailable": "'[]'::json"}
    return listing


def reform_listing(caller: Caller, plan: str) -> Listing:
    """Approved reforms for every reader of the plan; those being prepared for who works on it."""
    clause, values = plan_visible(caller)
    working, reached = in_reach(merged_scopes(caller, SEES_DRAFTS), "p.dependencia_id")
    return (
        Listing(
            columns={
                "plan": "f.plan",
                "number": "f.number",
                "cause": "f.cause",
                "justification": "f.justification",
                "authorization_act": "f.authorization_act",
                "status": "f.status",
                "base_version": "f.base_version",
                "operations": "f.operations",
                "act": """CASE WHEN f.act_number IS NULL THEN NULL ELSE json_build_object('body', f.act_body,
                    'number', f.act_number, 'date', f.act_date) END""",
                "created_by": "f.created_by",
                "created_at": instant("f.created_at"),
                "submitted_by": "f.submitted_by",
                "validated_by": "f.validated_by",
                "approved_by": "f.approved_by",
                "decided_at": instant("f.decided_at"),
            },
            source="plans.reforms f JOIN plans.plans p ON p.code = f.plan",
            keys={"number": Key("f.number", "integer")},
            order="number",
            unique="number",
        )
        .where(clause, *values)
        .where(f"f.status = 'approved' OR {working}", *reached)
        .where("f.plan = {}", plan)
    )


def trace_listing(caller: Caller, code: str) -> Listing:
    """What reforms changed of one objective, strategy, project or assignment."""
    clause, values = plan_visible(caller)
    return (
        Listing(
            columns={
                "plan": "h.plan",
                "reform": "h.reform",
                "cause": "f.cause",
                "kind": "h.kind",
                "code": "h.code",
                "change": "h.change",
                "field": "h.field",
                "before": "h.before",
                "after": "h.after",
                "act": "json_build_object('body', f.act_body, 'number', f.act_number, 'date', f.act_date)",
                "approved_by": "f.approved_by",
                "approved_at": instant("f.decided_at"),
            },
            source="""plans.reform_changes h JOIN plans.reforms f ON f.plan = h.plan AND f.number = h.reform
                      JOIN plans.plans p ON p.code = h.plan""",
            keys={"plan": Key("h.plan"), "reform": Key("h.reform", "integer"), "number": Key("h.number", "integer")},
            order="plan,reform,number",
            unique="plan,reform,number",
        )
        .where(clause, *values)
        .where("h.code = {}", code)
    )


def transition_listing() -> Listing:
    """Every step of reforms, oldest first; the act stands with the step that approved."""
    return Listing(
        columns={
            "number": "t.number",
            "from": "t.from_status",
            "to": "t.to_status",
            "reason": "t.reason",
            "act": """CASE WHEN t.to_status <> 'approved' THEN NULL ELSE json_build_object('body', f.act_body,
                'number', f.act_number, 'date', f.act_date) END""",
            "actor": "t.actor",
            "occurred_at": instant("t.occurred_at"),
        },
        source="""plans.reform_transitions t
                  JOIN plans.reforms f ON f.plan = t.plan AND f.number = t.reform""",
        keys={"number": Key("t.number", "integer")},
        order="number",
        unique="number",
    )
