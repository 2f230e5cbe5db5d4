"""Whom a scorecard is about, and whether the caller may read all of it."""

from services.indicators.measurements.knowledge import Knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.scorecards.statement import Scope
from services.kit.access import Caller
from services.kit.database import Pool
from services.kit.memory import once_a_revision
from services.kit.problems import Forbidden, NotFound
from services.kit.scope import reachable_ids

_BELOW = "SELECT descendant_id FROM {schema}.org_closure WHERE ancestor_id = $1"


async def root_of(
    reader: Pool,
    caller: Caller,
    dependencia: str,
    plan: str | None,
    scope: Scope,
    schema: str,
    *,
    known: Knowledge | None = None,
) -> int:
    """The id of the dependencia a card is about. known: the instant at which it must have been known.

    Raises NotFound for an unknown or foreign dependencia or a plan without calendar, Forbidden when the caller
    reaches the dependencia but not everything below it that a subtree card would add up: below it today, for what a
    card adds up beyond that was its own once, or is by succession.
    """

    async def ask() -> int | None:
        unit: int | None = await reader.fetchval(
            f"""SELECT id FROM {schema}.org_units
                WHERE code = $1 AND ($2::text IS NULL OR EXISTS (SELECT FROM {schema}.calendars WHERE plan = $2))""",
            dependencia,
            plan,
        )
        return unit

    found = await once_a_revision(("root", schema, dependencia, plan), ask)
    if known is not None and known.is_past and found is not None:
        versions = known.unit_versions("$2")
        if not await reader.fetchval(
            f"SELECT EXISTS (SELECT FROM {versions} v WHERE v.unit_id = $1)", found, known.instant
        ):
            raise NotFound
    reachable = await reachable_ids(reader, caller, MEASUREMENT_READ, schema)
    if found is None or (reachable is not None and found not in reachable):
        raise NotFound
    if scope == "subtree" and reachable is not None and not set(await _below(reader, found, schema)) <= set(reachable):
        raise Forbidden
    return found


async def _below(reader: Pool, root: int, schema: str) -> list[int]:
    return [row[0] for row in await reader.fetch(_BELOW.format(schema=schema), root)]
