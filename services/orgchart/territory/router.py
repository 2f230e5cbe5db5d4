"""Zones and provinces."""

from __future__ import annotations

from fastapi import Request, Response

from services.kit.access import Requires
from services.kit.database import Reader
from services.kit.pages import Key, Listing, Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits
from services.orgchart.dates import AsOf
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.territory.queries import of_level, provinces_on
from services.orgchart.territory.schemas import ProvincePage, ZonePage

router = feature_router(tags=["organisation"])


@router.get("/zones", dependencies=[Requires(ORGANISATION_READ)], response_model=ZonePage)
async def list_zones(request: Request, reader: Reader, page: Page, as_of: AsOf) -> Response:
    """Zonas vigentes en una fecha, con su sede y sus provincias."""
    listing = Listing(
        columns={
            "zone": "z.zone",
            "name": "z.name",
            "seat": "z.seat",
            "seat_province": "z.seat_province",
            "provinces": """(SELECT json_agg(p.name ORDER BY p.name_folded) FROM orgchart.provinces p
                WHERE p.zone = z.zone AND daterange(p.valid_from, p.valid_to, '[]') @> {day})""",
            "valid_from": "z.valid_from",
            "valid_to": "z.valid_to",
        },
        source="orgchart.zones z",
        keys={"zone": Key("z.zone", "smallint")},
        order="zone",
        unique="zone",
    )
    day = f"{listing.bind(as_of)}::date"
    listing.columns = {name: sql.replace("{day}", day) for name, sql in listing.columns.items()}
    listing.where(f"daterange(z.valid_from, z.valid_to, '[]') @> {day}")
    return await listing.answer(reader, request, page)


@router.get("/provinces", dependencies=[Requires(ORGANISATION_READ)], response_model=ProvincePage)
async def list_provinces(
    request: Request, reader: Reader, page: Page, as_of: AsOf, zone: Digits | None = None, level: Digits | None = None
) -> Response:
    """Las 24 provincias con su zona, nivel de gestión y códigos INEC e ISO 3166-2.

    `dependencia` es la Dirección Provincial que responde ese día por ella; null si el acto que terminó la suya no dice
    cuál le sigue.
    """
    listing = provinces_on(as_of).filter("p.zone = {}", zone)
    return await of_level(listing, level).answer(reader, request, page)
