"""The plan's indicators, asked from the indicators service; its absence degrades the answer and never fails it."""

from __future__ import annotations

from typing import Any

from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.plans.domain.content import IndicatorFact

DEADLINE_S = 4.0


async def indicators_of(client: ServiceClient, plan: str, *, attempts: int = 2) -> list[IndicatorFact] | None:
    """Every indicator assigned in the plan, or None when the service cannot be asked."""
    facts: list[IndicatorFact] = []
    cursor: str | None = None
    try:
        while True:
            params: dict[str, Any] = {"plan": plan, "limit": 500}
            if cursor is not None:
                params["cursor"] = cursor
            page = await client.get("/api/v1/assignments", params=params, deadline_s=DEADLINE_S, attempts=attempts)
            facts.extend(_fact(item) for item in page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return facts
    except (PeerUnavailable, PeerRefused):
        return None


def _fact(item: dict[str, Any]) -> IndicatorFact:
    targets = item["targets"]
    return IndicatorFact(
        assignment=item["code"],
        statement=item["statement"],
        objective=item["objective"],
        dependencia=item["dependencia"],
        unit=item["unit"],
        direction=item["direction"],
        frequency=item["frequency"],
        target_count=len(targets),
        target_value=targets[0]["value"] if targets else None,
        target_text=item["target_text"],
        warnings=tuple(item["warnings"]),
    )
