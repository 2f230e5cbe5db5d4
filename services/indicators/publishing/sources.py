"""Where published facts come from: approved plans and budget from plans, targets from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.kit.database import Pool
from services.kit.problems import Unavailable

PUBLIC_STATUSES = frozenset({"approved", "in_execution", "closed"})
OPERATIVE_KINDS = frozenset({"poa"})


async def every_item(plans: ServiceClient, path: str, **params: str | int) -> list[dict[str, Any]]:
    """All items of one of plans' lists. Raises Unavailable: a public figure is given whole or not at all."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {**params, "limit": 500, **({"cursor": cursor} if cursor else {})}
        try:
            page = await plans.get(f"/api/v1{path}", params=query)
        except (PeerUnavailable, PeerRefused) as error:
            raise Unavailable("El servicio de planes no responde; la publicación no se da incompleta.") from error
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


async def labels_of(plans: ServiceClient) -> dict[str, dict[str, str]]:
    """What people call the codes of plans' closed lists, by list and code. Raises Unavailable."""
    try:
        known = await plans.get("/catalogs")
    except (PeerUnavailable, PeerRefused) as error:
        raise Unavailable("El servicio de planes no responde; la publicación no se da incompleta.") from error
    return {name: {entry["code"]: entry["label"] for entry in entries} for name, entries in known.items()}


async def plans_in_force(plans: ServiceClient, first: date, last: date) -> list[dict[str, Any]]:
    """Approved plans whose period has a day between the two, by code."""
    known = await every_item(plans, "/plans")
    chosen = [
        plan
        for plan in known
        if plan["status"] in PUBLIC_STATUSES
        and plan["period_from"] <= last.isoformat()
        and plan["period_to"] >= first.isoformat()
    ]
    return sorted(chosen, key=lambda plan: str(plan["code"]))


async def published_targets(pool: Pool, plans: Sequence[str], day: date) -> list[Mapping[str, Any]]:
    """Unit (by its name on that day), objective, indicator and printed target of the plans' assignments.

    Order: as the source printed them when it says so, otherwise by unit and number.
    """
    rows = await pool.fetch(
        """SELECT coalesce(a.source->>'unit_printed', v.name, u.name) AS unit,
                  coalesce(a.objective_text, a.objective) AS objective,
                  a.statement AS indicator, a.target_text
           FROM indicators.assignments a
           JOIN indicators.org_units u ON u.id = a.dependencia_id
           LEFT JOIN indicators.org_unit_versions v ON v.unit_id = a.dependencia_id
                AND v.valid_from <= $2 AND (v.valid_to IS NULL OR v.valid_to >= $2)
           WHERE a.plan = ANY($1::text[])
           ORDER BY a.plan, coalesce((a.source->>'row')::int, 2147483647), a.dependencia_id, a.ordinal""",
        list(plans),
        day,
    )
    return [dict(row) for row in rows]


async def objective_statements(plans: ServiceClient, codes: Sequence[str]) -> dict[str, str]:
    """Statement by code, for objectives that an assignment names by code."""
    statements: dict[str, str] = {}
    for code in sorted({code.partition(".")[0] for code in codes}):
        statements |= {o["code"]: o["statement"] for o in await every_item(plans, "/objectives", plan=code)}
    return statements


async def budget_of(plans: ServiceClient, month: str) -> list[dict[str, Any]]:
    """Budget execution of the month, with what is left to accrue."""
    lines = await every_item(plans, "/budget-execution", year=int(month[:4]), month=int(month[5:]))
    return [{**line, "to_accrue": str(Decimal(line["current"]) - Decimal(line["accrued"]))} for line in lines]
