"""Look-ups of series: the sheet, its lineage, and the dependencias in reach."""

from dataclasses import replace
from datetime import date

from services.indicators.domain.structure import EVER, WHOLE, Member, Structure, joined
from services.indicators.filters import SCHEMA
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.organisation.reading import organisation_known
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.scorecards.live import members_of
from services.indicators.scorecards.statement import Scope
from services.indicators.series.statements import lineage
from services.kit.access import Caller
from services.kit.database import Pool
from services.kit.problems import FieldError, Invalid, NotFound
from services.kit.scope import reachable_ids


class UnknownIndicator(Invalid):
    code, title = "unknown-indicator", "Indicador desconocido"
    default_detail = "No existe ese indicador. Consulte /indicators."


async def sheet_of(reader: Pool, known: Knowledge, code: str) -> dict[str, str | int | None]:
    """Code, name, unit, direction and version of an indicator, as known. Raises UnknownIndicator."""
    row = await reader.fetchrow(
        f"""SELECT code, name, unit, direction, version FROM {known.indicators("$2")} i
            WHERE code = $1 AND $2::timestamptz IS NOT NULL""",
        code,
        known.instant,
    )
    if row is None:
        raise UnknownIndicator(
            errors=[FieldError("query/indicator", UnknownIndicator.code, UnknownIndicator.default_detail)]
        )
    return dict(row)


async def lineage_of(reader: Pool, known: Knowledge, code: str) -> list[str]:
    """The indicator's code and those it continues or is continued by, as known."""
    return [row[0] for row in await reader.fetch(lineage(known), code, known.instant)]


async def line_members(
    reader: Pool, known: Knowledge, root: int, scope: Scope, structure: Structure, days: tuple[date, date]
) -> list[Member]:
    """Whose cells a series adds up, per period."""
    if scope == "own":
        return [Member(root, *EVER, WHOLE, root)]
    organisation = await organisation_known(reader, known)
    found = members_of(organisation, root, structure, *days)
    return [replace(member, heir=root) for member in joined(found)]


async def compared_members(
    reader: Pool, caller: Caller, known: Knowledge, root: str, structure: Structure, days: tuple[date, date]
) -> list[Member]:
    """Whose cells a comparison shows, each for the dependencia that reported it or the one it belongs to today.

    What the caller may not read is left out: the dependencia that the cell is shown for must be in reach. Raises
    NotFound when nothing is left.
    """
    reachable = await reachable_ids(reader, caller, MEASUREMENT_READ, SCHEMA)
    number: int | None = await reader.fetchval("SELECT id FROM indicators.org_units WHERE code = $1", root)
    organisation = await organisation_known(reader, known)
    if number is None or not organisation.knows(number):
        raise NotFound
    if structure is Structure.TODAY:
        members = organisation.heirs_today(number)
    else:
        reported = organisation.members_as_reported(number, *days)
        members = [replace(member, heir=member.unit) for member in reported]
    seen = [m for m in members if reachable is None or m.heir in reachable]
    if not seen:
        raise NotFound
    return seen
