"""Search over attributions and products; the history of one literal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import Path, Query, Request, Response

from services.kit.access import Requires
from services.kit.computed import computed_page
from services.kit.database import Pool, Reader
from services.kit.pages import Key, Listing, Page
from services.kit.problems import FieldError, Invalid, NotFound
from services.kit.routing import router as feature_router
from services.kit.spelling import InDigits
from services.orgchart.dates import AsOf
from services.orgchart.dependencias.queries import IN_PLACE_OF
from services.orgchart.domain.search_terms import highlighted, stems, tsquery
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.rof.schemas import FoundItem, FoundItems, ItemHistory

router = feature_router(tags=["regulation"])
READ = [Requires(ORGANISATION_READ)]
Words = Annotated[str, Query(min_length=2, max_length=200, description="Palabras, sin importar tildes ni mayúsculas")]
Section = Annotated[
    list[Literal["attributions", "products", "internal_management"]] | None, Query(description="Por defecto, todas")
]
# The rank is rounded to fixed digits so that a cursor made of it is exact.
FOUND = f"""
    SELECT i.id, i.unit_id, v.numeral, v.name AS unit_name, v.responsible_post, i.general_scope,
           {IN_PLACE_OF.format(id="u.dependencia_id", day="$2")} AS dependencia,
           i.section, i.supergroup, i.group_title, i.label, i.text, i.valid_from, i.valid_to, i.resolution,
           i.provision, round(ts_rank_cd(to_tsvector('simple', i.text_folded), q.query, 1)::numeric, 6) AS rank
    FROM orgchart.rof_items i
    CROSS JOIN (SELECT to_tsquery('simple', $1) AS query) q
    LEFT JOIN orgchart.rof_unit_versions v ON v.unit_id = i.unit_id AND v.valid_from <= $2
        AND (v.valid_to IS NULL OR v.valid_to >= $2)
    LEFT JOIN orgchart.rof_units u ON u.id = i.unit_id
    WHERE to_tsvector('simple', i.text_folded) @@ q.query AND i.section = ANY($3::text[])
      AND i.valid_from <= $2 AND (i.valid_to IS NULL OR i.valid_to >= $2)"""
_ALL_SECTIONS = ["attributions", "products", "internal_management"]


class NothingToSearch(Invalid):
    code, title = "nothing-to-search", "Nada que buscar"
    default_detail = "La búsqueda solo trae palabras demasiado comunes. Añada una palabra con contenido."


def wanted_stems(q: str) -> tuple[str, ...]:
    wanted = stems(q)
    if not wanted:
        raise NothingToSearch(errors=[FieldError("query/q", NothingToSearch.code, NothingToSearch.default_detail)])
    return wanted


def found_document(row: asyncpg.Record, wanted: tuple[str, ...]) -> dict[str, Any]:
    return {
        "unit_id": row["unit_id"],
        "numeral": row["numeral"],
        "unit_name": row["unit_name"],
        "dependencia": row["dependencia"],
        "general_scope": row["general_scope"],
        "section": row["section"],
        "supergroup": row["supergroup"],
        "group": row["group_title"],
        "label": row["label"],
        "text": row["text"],
        "highlight": highlighted(row["text"], wanted),
        "rank": str(row["rank"]),
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "introduced_by": {"resolution": row["resolution"], "provision": row["provision"]},
    }


@router.get("/rof/search", dependencies=READ, response_model=FoundItems)
async def search_rof(
    request: Request, reader: Reader, page: Page, as_of: AsOf, q: Words, section: Section = None
) -> Response:
    """Literales y productos vigentes en `as_of` que contienen todas las palabras, los mejores primero."""
    wanted = wanted_stems(q)
    rows = await reader.fetch(FOUND, tsquery(wanted), as_of, section or _ALL_SECTIONS)
    items = [found_document(row, wanted) for row in rows]
    places = {id(item): best_first(row["rank"], row["id"]) for item, row in zip(items, rows, strict=True)}
    return computed_page(request, page, items, lambda item: places[id(item)], names=list(FoundItem.model_fields))


def best_first(rank: Decimal, number: int) -> str:
    """A text that sorts the best first; ties by number."""
    return f"{10**6 - rank:019.6f}.{number:010d}"


class UnknownLiteral(NotFound):
    code, title = "unknown-literal", "Literal desconocido"
    default_detail = "La unidad nunca tuvo ese literal o producto. Revise numeral, letra o número, y grupo."


NumeralPath = Annotated[str, Path(max_length=40)]
Group = Annotated[str | None, Query(max_length=300, description="Grupo, cuando la letra o el número se repite")]


@router.get("/rof/units/{numeral}/attributions/{letter}/history", dependencies=READ, response_model=ItemHistory)
async def read_attribution_history(
    request: Request,
    reader: Reader,
    page: Page,
    numeral: NumeralPath,
    letter: Annotated[str, Path(max_length=3)],
    as_of: AsOf,
    group: Group = None,
) -> Response:
    """Todo lo que ha dicho un literal de las atribuciones de la unidad, de lo primero a lo último."""
    listing = await _versions(reader, "attributions", letter, group, numeral, as_of)
    return await listing.answer(reader, request, page)


@router.get("/rof/units/{numeral}/products/{number}/history", dependencies=READ, response_model=ItemHistory)
async def read_product_history(
    request: Request,
    reader: Reader,
    page: Page,
    numeral: NumeralPath,
    number: Annotated[int, Path(ge=1, le=999), InDigits],
    as_of: AsOf,
    group: Group = None,
) -> Response:
    """Todo lo que ha dicho un número de los productos de la unidad, de lo primero a lo último."""
    listing = await _versions(reader, "products", str(number), group, numeral, as_of)
    return await listing.answer(reader, request, page)


async def _versions(pool: Pool, section: str, label: str, group: str | None, numeral: str, day: date) -> Listing:
    """The listing of one label's versions. Raises UnknownLiteral when the unit never had it."""
    unit = await pool.fetchval(
        """SELECT v.unit_id FROM orgchart.rof_unit_versions v WHERE (v.numeral = $1 OR v.unit_id = $1)
           AND v.valid_from <= $2 AND (v.valid_to IS NULL OR v.valid_to >= $2)""",
        numeral,
        day,
    )
    known = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM orgchart.rof_items WHERE unit_id = $1 AND section = $2 AND label = $3)",
        unit,
        section,
        label,
    )
    if not known:
        raise UnknownLiteral
    listing = Listing(
        columns={
            "supergroup": "i.supergroup",
            "group": "i.group_title",
            "label": "i.label",
            "text": "i.text",
            "valid_from": "i.valid_from",
            "valid_to": "i.valid_to",
            "operation": "i.operation",
            "introduced_by": "json_build_object('resolution', i.resolution, 'provision', i.provision)",
            "closed_by": "i.closed_by - 'operation'",
            "lines": "to_json(i.lines)",
        },
        source="orgchart.rof_items i",
        keys={"valid_from": Key("i.valid_from", "date"), "position": Key("i.position", "int")},
        order="valid_from",
        unique="position",
    )
    listing.where("i.unit_id = {} AND i.section = {} AND i.label = {}", unit, section, label)
    return listing.filter("lower(i.group_title) = lower({})", group)
