"""Budget execution and reforms of the PAC feed indicators, without anybody typing them again."""

import asyncpg
import msgspec

from services.indicators.feeding.following import Counted, FedByPeer
from services.indicators.feeding.sources import FeedRule, Ratio, answered_in_time, budget_of, executed
from services.kit.clients import ServiceClient


class PeerFeeder(FedByPeer):
    """Brings cells fed by `budget` and `pac` up to date."""

    peer, cursor, author = "plans", "plans-feed", "plans"
    watched = ("budget-execution.", "pac-reform.")
    sources = ("budget", "pac")

    async def count(self, client: ServiceClient, cells: list[asyncpg.Record]) -> Counted:
        years = {cell["first_day"].year for cell in cells if cell["feed_source"] == "budget"}
        budgets = {year: await budget_of(client, year) for year in sorted(years)}
        found: list[tuple[asyncpg.Record, Ratio]] = []
        for cell in cells:
            first, last = cell["first_day"], cell["last_day"]
            rule = msgspec.json.decode(cell["feed_rule"] or "{}", type=FeedRule)
            if cell["feed_source"] == "pac":
                # Who answers reforms is measured by those of others: the planning office by the institution's.
                whose, below = rule.reforms_of or cell["dependencia"], rule.reforms_of is not None
                ratio = await answered_in_time(client, whose, first, last, subtree=below)
            else:
                ratio = executed(budgets[first.year], rule, first, last)
            if ratio is not None:
                found.append((cell, ratio))
        return found
