"""The agreed list of infinitives: data with validity and author, never a constant of the code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.kit.database import Connection, Pool
from services.plans.folding import folded
from services.plans.policies.in_force import policy_on


@dataclass(frozen=True, slots=True)
class AgreedVerbs:
    """folded: the infinitives without accents or capitals; policy: the list and version they are of."""

    folded: frozenset[str]
    policy: str


async def agreed_verbs(connection: Connection | Pool, day: date) -> AgreedVerbs:
    """The list in force on the day. Raises NoPolicy."""
    policy = await policy_on(connection, "lint_verbs", day)
    return AgreedVerbs(frozenset(folded(entry["verb"]) for entry in policy.rules["verbs"]), policy.name)
