"""Who is competent for something: units whose name, mission, attributions and products speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
from fastapi import Request, Response

from services.kit.access import Requires
from services.kit.computed import computed_page
from services.kit.database import Pool, Reader
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.orgchart.dates import AsOf
from services.orgchart.dependencias.queries import IN_PLACE_OF
from services.orgchart.domain.search_terms import matched, tsquery
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.rof.schemas import CompetentUnit, CompetentUnits
from services.orgchart.rof.search import FOUND, Words, best_first, found_document, wanted_stems

router = feature_router(tags=["regulation"])
# A unit whose whole name answers comes before any whose texts do; a mission weighs like a strong text.
_NAMED, _PARTLY_NAMED, _MISSION = Decimal(10), Decimal("0.1"), Decimal("0.05")
_UNITS = f"""
    SELECT v.unit_id, v.numeral, v.name, v.mission, v.responsible_post,
        {IN_PLACE_OF.format(id="u.dependencia_id", day="$1")} AS dependencia
    FROM orgchart.rof_unit_versions v JOIN orgchart.rof_units u ON u.id = v.unit_id
    WHERE v.valid_from <= $1 AND (v.valid_to IS NULL OR v.valid_to >= $1) ORDER BY v.numeral_key"""


@router.get("/rof/competent-units", dependencies=[Requires(ORGANISATION_READ)], response_model=CompetentUnits)
async def list_competent_units(request: Request, reader: Reader, page: Page, as_of: AsOf, q: Words) -> Response:
    """Qué unidades son competentes en un asunto en `as_of`: las que lo llevan en el nombre, luego por sus textos."""
    wanted = wanted_stems(q)
    texts = await _texts(reader, wanted, as_of, "&") or await _texts(reader, wanted, as_of, "|")
    ranked: list[tuple[str, dict[str, Any]]] = []
    for number, unit in enumerate(await reader.fetch(_UNITS, as_of)):
        found = texts.get(unit["unit_id"], [])
        score = _score(unit, found, wanted)
        if score:
            ranked.append((best_first(score, number), _document(unit, found, wanted)))
    places = {id(item): place for place, item in ranked}
    items = [item for _, item in ranked]
    names = list(CompetentUnit.model_fields)
    extra = {"as_of": as_of}
    return computed_page(request, page, items, lambda item: places[id(item)], names=names, extra=extra)


async def _texts(pool: Pool, wanted: tuple[str, ...], day: date, operator: str) -> dict[str, list[asyncpg.Record]]:
    """Matching attributions and products by unit, best first."""
    rows = await pool.fetch(
        f"SELECT * FROM ({FOUND}) found WHERE found.numeral IS NOT NULL ORDER BY found.rank DESC, found.id",
        tsquery(wanted, operator),
        day,
        ["attributions", "products"],
    )
    found: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["unit_id"], []).append(row)
    return found


def _score(unit: asyncpg.Record, texts: Sequence[asyncpg.Record], wanted: tuple[str, ...]) -> Decimal:
    """How much a unit speaks of the words; zero when it does not."""
    share = Decimal(matched(unit["name"], wanted)) / len(wanted)
    named = _NAMED if share == 1 else share * _PARTLY_NAMED
    mission = _MISSION if matched(unit["mission"] or "", wanted) == len(wanted) else Decimal(0)
    spoken = sum((text["rank"] for text in texts), Decimal(0))
    return named + mission + spoken if share == 1 or mission or texts else Decimal(0)


def _document(unit: asyncpg.Record, texts: Sequence[asyncpg.Record], wanted: tuple[str, ...]) -> dict[str, Any]:
    return {
        "unit_id": unit["unit_id"],
        "numeral": unit["numeral"],
        "name": unit["name"],
        "dependencia": unit["dependencia"],
        "responsible_post": unit["responsible_post"],
        "matches": len(texts),
        "best": found_document(texts[0], wanted) if texts else None,
    }
