"""Look-ups of series: the sheet, its lineage, and the dependencias in reach."""

from services.indicators.filters import SCHEMA
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.series.statements import LINEAGE
from services.kit.access import Caller
from services.kit.database import Pool
from services.kit.problems import FieldError, Invalid, NotFound
from services.kit.scope import reachable_ids

_BELOW = """SELECT c.descendant_id FROM indicators.org_closure c
    JOIN indicators.org_units u ON u.id = c.ancestor_id WHERE u.code = $1"""


class UnknownIndicator(Invalid):
    code, title = "unknown-indicator", "Indicador desconocido"
    default_detail = "No existe ese indicador. Consulte /indicators."


async def sheet_of(reader: Pool, code: str) -> dict[str, str | None]:
    """Code, name, unit and direction of an indicator. Raises UnknownIndicator."""
    row = await reader.fetchrow(
        "SELECT code, name, unit, direction, version FROM indicators.indicators WHERE code = $1", code
    )
    if row is None:
        raise UnknownIndicator(
            errors=[FieldError("query/indicator", UnknownIndicator.code, UnknownIndicator.default_detail)]
        )
    return dict(row)


async def lineage_of(reader: Pool, code: str) -> list[str]:
    """The indicator's code and those it continues or is continued by."""
    return [row[0] for row in await reader.fetch(LINEAGE, code)]


async def below_in_reach(reader: Pool, caller: Caller, dependencia: str) -> list[int]:
    """Ids at and below a dependencia that the caller may read. Raises NotFound when there are none."""
    reachable = await reachable_ids(reader, caller, MEASUREMENT_READ, SCHEMA)
    ids = [row[0] for row in await reader.fetch(_BELOW, dependencia)]
    seen = ids if reachable is None else sorted({*ids} & {*reachable})
    if not seen:
        raise NotFound
    return seen
