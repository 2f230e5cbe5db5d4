"""Appointments that human resources report feed the turnover of personnel (`hr`), without anybody typing it again.

Turnover is 100 · who left / average staff: persons who stopped being holders below the dependencia in the period and
held nothing there the day after, over the mean of the holders of its first and last day (policy v1).
What human resources do not send, such as who was trained, no assignment can be fed with.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from services.indicators.feeding.following import Counted, FedByPeer
from services.indicators.feeding.sources import PAGE, Ratio
from services.kit.clients import ServiceClient


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person's time as holder of a post; until None is without end."""

    person: str
    since: date
    until: date | None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


def turnover(tenures: Iterable[Tenure], first: date, last: date) -> Ratio | None:
    """Who left in [first, last] over the average staff. None when there was no staff on either day."""
    held = list(tenures)
    left = {
        gone.person
        for gone in held
        if gone.until is not None
        and first <= gone.until <= last
        and not any(t.person == gone.person and t.covers(gone.until + timedelta(days=1)) for t in held)
    }
    staff = [len({t.person for t in held if t.covers(day)}) for day in (first, last)]
    average = Decimal(sum(staff)) / 2
    return Ratio(Decimal(len(left)), average) if average else None


class StaffFeeder(FedByPeer):
    """Brings cells fed by `hr` up to date."""

    peer, cursor, author = "orgchart", "orgchart-feed", "hr"
    watched = ("appointment.",)
    sources = ("hr",)

    async def count(self, client: ServiceClient, cells: list[asyncpg.Record]) -> Counted:
        tenures = {code: await _tenures(client, code) for code in sorted({cell["dependencia"] for cell in cells})}
        counted = [
            (cell, turnover(tenures[cell["dependencia"]], cell["first_day"], cell["last_day"])) for cell in cells
        ]
        return [(cell, ratio) for cell, ratio in counted if ratio is not None]


async def _tenures(client: ServiceClient, dependencia: str) -> list[Tenure]:
    """Every holder there was, is or will be at or below a dependencia; revoked appointments never were."""
    asked: dict[str, Any] = {"dependencia": dependencia, "subtree": "true", "kind": "holder", "limit": PAGE}
    found: list[Tenure] = []
    cursor: str | None = None
    while True:
        page = await client.get("/api/v1/appointments", params={**asked, **({"cursor": cursor} if cursor else {})})
        for item in page["items"]:
            until = item["valid_to"]
            since = date.fromisoformat(item["valid_from"])
            found.append(Tenure(item["person"], since, None if until is None else date.fromisoformat(until)))
        cursor = page["next_cursor"]
        if cursor is None:
            return found
