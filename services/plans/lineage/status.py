"""The state of the indicators behind each node, asked from the indicators service; null when it cannot be asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.plans.methodology.indicators import DEADLINE_S, indicators_of

WORST_FIRST = ("red", "amber", "over", "green")


async def states_of(client: ServiceClient, plans: Sequence[str]) -> dict[str, dict[str, Any]] | None:
    """Objective → `{indicators, reported, lights, worst}` over the latest measurement of each of its indicators."""
    linked: dict[str, list[str]] = defaultdict(list)
    for plan in plans:
        indicators = await indicators_of(client, plan)
        if indicators is None:
            return None
        for indicator in indicators:
            if indicator.objective is not None:
                linked[indicator.objective].append(indicator.assignment)
    wanted = [code for codes in linked.values() for code in codes]
    lights = await _latest_lights(client, wanted)
    if lights is None:
        return None
    return {objective: _state(codes, lights) for objective, codes in linked.items()}


def _state(codes: Sequence[str], lights: dict[str, str | None]) -> dict[str, Any]:
    found = Counter(lights[code] for code in codes if lights.get(code) is not None)
    worst = next((light for light in WORST_FIRST if light in found), None)
    reported = sum(code in lights for code in codes)
    return {"indicators": len(codes), "reported": reported, "lights": dict(found), "worst": worst}


async def _latest_lights(client: ServiceClient, assignments: Sequence[str]) -> dict[str, str | None] | None:
    """Assignment → light of its latest reported period. None when the service cannot be asked."""
    lights: dict[str, str | None] = {}
    try:
        for start in range(0, len(assignments), 50):
            chunk = list(assignments[start : start + 50])
            items = await _every(client, {"assignment": chunk, "limit": 500})
            for item in sorted(items, key=lambda i: str(i["period"])):
                lights[item["assignment"]] = item["traffic_light"]
    except (PeerUnavailable, PeerRefused):
        return None
    return lights


async def _every(client: ServiceClient, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The measurements of every page."""
    items: list[dict[str, Any]] = []
    while True:
        page = await client.get("/api/v1/measurements", params=params, deadline_s=DEADLINE_S)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params = {**params, "cursor": page["next_cursor"]}
