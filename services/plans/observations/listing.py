"""SQL of observation threads as JSON."""

from __future__ import annotations

from services.kit.access import Caller
from services.kit.pages import Key, Listing, instant
from services.plans.visibility import plan_visible

MESSAGES = f"""coalesce((SELECT json_agg(json_build_object('number', m.number, 'kind', m.kind, 'text', m.text,
    'author', m.author, 'written_at', {instant("m.written_at")}) ORDER BY m.number)
    FROM plans.observation_messages m WHERE m.observation = b.id), '[]'::json)"""


def observation_listing(caller: Caller) -> Listing:
    """Threads of the plans the caller sees, oldest first."""
    clause, values = plan_visible(caller)
    return Listing(
        columns={
            "id": "b.id",
            "plan": "b.plan",
            "pointer": "b.pointer",
            "status": "b.status",
            "opened_by": "b.opened_by",
            "opened_at": instant("b.opened_at"),
            "resolved_by": "b.resolved_by",
            "resolved_at": instant("b.resolved_at"),
            "messages": MESSAGES,
        },
        source="plans.observations b JOIN plans.plans p ON p.code = b.plan",
        keys={"id": Key("b.id", "bigint"), "status": Key("b.status")},
        order="id",
        unique="id",
    ).where(clause, *values)
