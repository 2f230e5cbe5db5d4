"""What the plans service knows, as numerator and denominator of a period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from services.kit.clients import ServiceClient

PAGE = 500


class FeedRule(msgspec.Struct, frozen=True):
    """Which part of a source feeds an assignment: budget lines, null is every one; or whose reforms of the PAC.

    reforms_of: the dependencia with everything below it; null is the assignment's own dependencia alone.
    """

    companies: list[str] | None = None
    groups: list[str] | None = None
    reforms_of: str | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A fed value before it is one."""

    numerator: Decimal
    denominator: Decimal


async def budget_of(client: ServiceClient, year: int) -> list[dict[str, Any]]:
    """The budget execution of a year, every month and company of it."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"year": year, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        page = await client.get("/api/v1/budget-execution", params=params)
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


def executed(rows: Sequence[Mapping[str, Any]], rule: FeedRule, first: date, last: date) -> Ratio | None:
    """Devengado over codificado at the last month of the period that finance has sent.

    Both run from the start of the year, so months are not added up. None when nothing was sent or nothing is budgeted.
    """
    within = [
        row
        for row in rows
        if first <= date(row["year"], row["month"], 1) <= last
        and (rule.companies is None or row["company"] in rule.companies)
        and (rule.groups is None or row["group"] in rule.groups)
    ]
    latest = max((row["month"] for row in within), default=None)
    current = sum((Decimal(row["current"]) for row in within if row["month"] == latest), Decimal(0))
    accrued = sum((Decimal(row["accrued"]) for row in within if row["month"] == latest), Decimal(0))
    return Ratio(accrued, current) if current > 0 else None


async def answered_in_time(
    client: ServiceClient, dependencia: str, first: date, last: date, *, subtree: bool = False
) -> Ratio | None:
    """Reforms of the PAC answered within their deadline, of those that were due. None when none was."""
    in_time = due = 0
    for month in range(first.month, last.month + 1):
        params = {"dependencia": dependencia, "year": first.year, "month": month, "subtree": subtree}
        counted = await client.get("/api/v1/pac-reforms/timeliness", params=params)
        in_time += counted["in_time"]
        due += counted["due"]
    return Ratio(Decimal(in_time), Decimal(due)) if due else None
