"""What became of a reform's targets, from the indicators service; said clearly when it cannot be asked."""

from __future__ import annotations

from typing import Any

import msgspec

from services.kit.answers import json_bytes
from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient

PEER, DEADLINE_S = "indicators", 4.0
TOLD = ("kind", "before", "code", "detail", "version")


async def with_outcomes(client: ServiceClient, text: str) -> tuple[bytes, bool]:
    """The reform's JSON with the outcome of each target, and whether another service was asked for it.

    A target the indicators service does not know of yet stays `pending`; when it does not answer, status is null and
    `unavailable` names it.
    """
    reform: dict[str, Any] = msgspec.json.decode(text)
    if reform["status"] != "approved" or not reform["targets"]:
        return text.encode(), False
    told = await _told(client, reform["plan"], reform["number"])
    if told is None:
        silent = [{**target, "status": None} for target in reform["targets"]]
        return json_bytes({**reform, "targets": silent, "unavailable": [PEER]}), True
    for target in reform["targets"]:
        outcome = told.get(target["operation"])
        if outcome is not None:
            target |= {"status": outcome["outcome"], **{name: outcome[name] for name in TOLD}}
    return json_bytes(reform), True


async def _told(client: ServiceClient, plan: str, reform: int) -> dict[int, dict[str, Any]] | None:
    """Outcomes by operation, or None when the service cannot be asked."""
    told: dict[int, dict[str, Any]] = {}
    params: dict[str, Any] = {"plan": plan, "reform": reform, "limit": 500}
    try:
        while True:
            page = await client.get("/api/v1/targets/reforms", params=params, deadline_s=DEADLINE_S, attempts=2)
            told |= {item["operation"]: item for item in page["items"]}
            if page["next_cursor"] is None:
                return told
            params["cursor"] = page["next_cursor"]
    except (PeerUnavailable, PeerRefused):
        return None
