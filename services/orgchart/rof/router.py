"""The regulation on any date: units, one unit with its prose, its history; resolutions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.kit.access import Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.pages import Key, Listing, Page
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.kit.spelling import Day
from services.orgchart.dates import AsOf
from services.orgchart.domain.kinds import Kind, ProcessType
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.rof.queries import history_of, named_like, unit_on, units_on, was_ever_named
from services.orgchart.rof.schemas import ResolutionPage, UnitDetail, UnitHistory, UnitPage

router = feature_router(tags=["regulation"])
READ = [Requires(ORGANISATION_READ)]
Numeral = Annotated[str, Path(max_length=40, description="Numeral del Art. 10 (5.4.1), o unit_id")]


class UnknownNumeral(NotFound):
    """The numeral named nothing on that date."""

    code = "unknown-numeral"
    title = "Numeral desconocido"
    default_detail = "El numeral no nombra ninguna unidad en la fecha pedida. Revise el numeral y as_of."


@router.get("/rof/units", dependencies=READ, response_model=UnitPage)
async def list_rof_units(
    request: Request,
    reader: Reader,
    page: Page,
    as_of: AsOf,
    kind: Annotated[list[Kind] | None, Query()] = None,
    process_type: Annotated[list[ProcessType] | None, Query()] = None,
    parent_numeral: Annotated[str | None, Query(max_length=40)] = None,
    numeral: Annotated[list[str] | None, Query()] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Texto en nombre o numeral")] = None,
) -> Response:
    """Unidades del Art. 10 vigentes en `as_of`."""
    listing = units_on(as_of)
    listing.filter("v.kind = ANY({})", kind).filter("v.process_type = ANY({})", process_type)
    listing.filter("v.parent_numeral = {}", parent_numeral).filter("v.numeral = ANY({})", numeral)
    named_like(listing, q)
    return await listing.answer(reader, request, page)


@router.get("/rof/units/{numeral}", dependencies=READ, response_model=UnitDetail)
async def read_rof_unit(request: Request, reader: Reader, numeral: Numeral, as_of: AsOf) -> Response:
    """La unidad que el numeral nombra en `as_of`: misión, atribuciones y productos, y aparte los generales."""
    found = await unit_on(reader, numeral, as_of)
    if found is None:
        raise UnknownNumeral
    return answer(request, found)


@router.get("/rof/units/{numeral}/history", dependencies=READ, response_model=UnitHistory)
async def read_rof_unit_history(
    request: Request,
    reader: Reader,
    page: Page,
    numeral: Numeral,
    as_of: Annotated[Day | None, Query(description="Solo la unidad que el numeral nombra ese día")] = None,
) -> Response:
    """Sus versiones, de la primera a la última; sin `as_of`, las de toda unidad que llevó el numeral."""
    if not await was_ever_named(reader, numeral, as_of):
        raise UnknownNumeral
    return await history_of(numeral, as_of).answer(reader, request, page)


@router.get("/resolutions", dependencies=READ, response_model=ResolutionPage)
async def list_resolutions(request: Request, reader: Reader, page: Page) -> Response:
    """Resoluciones del Consejo Directivo que hicieron o cambiaron la organización."""
    listing = Listing(
        columns={
            "code": "r.code",
            "date": "r.date",
            "in_force_from": "r.in_force_from",
            "changes": "r.changes",
            "source": "r.source",
        },
        source="orgchart.resolutions r",
        keys={"in_force_from": Key("r.in_force_from", "date"), "code": Key("r.code"), "date": Key("r.date", "date")},
        order="in_force_from",
        unique="code",
    )
    return await listing.answer(reader, request, page)
