"""Whom a scorecard is about, and whether the caller may read all of it."""

from dataclasses import dataclass

from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.scorecards.statement import Scope
from services.kit.access import Caller
from services.kit.database import Pool
from services.kit.problems import Forbidden, NotFound
from services.kit.scope import reachable_ids

_BELOW = "SELECT descendant_id FROM {schema}.org_closure WHERE ancestor_id = $1"


@dataclass(frozen=True, slots=True)
class Subject:
    """A dependencia and the ids whose cells its card is made of."""

    id: int
    ids: list[int]


async def subject_of(
    reader: Pool, caller: Caller, dependencia: str, plan: str | None, scope: Scope, schema: str
) -> Subject:
    """The subject of a card; plan None when it is about no single plan. Raises as `root_of` does."""
    root = await root_of(reader, caller, dependencia, plan, scope, schema)
    return Subject(root, [root] if scope == "own" else await _below(reader, root, schema))


async def root_of(reader: Pool, caller: Caller, dependencia: str, plan: str | None, scope: Scope, schema: str) -> int:
    """The id of the dependencia a card is about.

    Raises NotFound for an unknown or foreign dependencia or a plan without calendar, Forbidden when the caller
    reaches the dependencia but not everything below it that a subtree card would add up.
    """
    found: int | None = await reader.fetchval(
        f"""SELECT id FROM {schema}.org_units
            WHERE code = $1 AND ($2::text IS NULL OR EXISTS (SELECT FROM {schema}.calendars WHERE plan = $2))""",
        dependencia,
        plan,
    )
    reachable = await reachable_ids(reader, caller, MEASUREMENT_READ, schema)
    if found is None or (reachable is not None and found not in reachable):
        raise NotFound
    if scope == "subtree" and reachable is not None and not set(await _below(reader, found, schema)) <= set(reachable):
        raise Forbidden
    return found


async def _below(reader: Pool, root: int, schema: str) -> list[int]:
    return [row[0] for row in await reader.fetch(_BELOW.format(schema=schema), root)]
