"""Search over attributions and products; who is competent for something; the history of one literal."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import Path, Query, Request, Response

from services.kit.access import Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Pool, Reader
from services.kit.pages import InvalidCursor, decode_cursor, encode_cursor
from services.kit.problems import FieldError, Invalid, NotFound
from services.kit.routing import router as feature_router
from services.orgchart.dates import AsOf
from services.orgchart.domain.search_terms import highlighted, stems, tsquery
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.rof.schemas import CompetentUnits, FoundItems, ItemHistory

router = feature_router(tags=["regulation"])
READ = [Requires(ORGANISATION_READ)]
Words = Annotated[str, Query(min_length=2, max_length=200, description="Palabras, sin importar tildes ni mayúsculas")]
Section = Annotated[
    list[Literal["attributions", "products", "internal_management"]] | None, Query(description="Por defecto, todas")
]
_ORDER = "-rank"
# Rank as text with fixed digits keeps the cursor exact.
_FOUND = """
    SELECT i.id, i.unit_id, v.numeral, v.name AS unit_name, v.responsible_post, d.code AS dependencia, i.general_scope,
           i.section, i.supergroup, i.group_title, i.label, i.text, i.valid_from, i.valid_to, i.resolution,
           i.provision, round(ts_rank_cd(to_tsvector('simple', i.text_folded), q.query, 1)::numeric, 6) AS rank
    FROM orgchart.rof_items i
    CROSS JOIN (SELECT to_tsquery('simple', $1) AS query) q
    LEFT JOIN orgchart.rof_unit_versions v ON v.unit_id = i.unit_id AND v.valid_from <= $2
        AND (v.valid_to IS NULL OR v.valid_to >= $2)
    LEFT JOIN orgchart.rof_units u ON u.id = i.unit_id
    LEFT JOIN orgchart.dependencias d ON d.id = u.dependencia_id
    WHERE to_tsvector('simple', i.text_folded) @@ q.query AND i.section = ANY($3::text[])
      AND i.valid_from <= $2 AND (i.valid_to IS NULL OR i.valid_to >= $2)"""
_ALL_SECTIONS = ["attributions", "products", "internal_management"]


class NothingToSearch(Invalid):
    code, title = "nothing-to-search", "Nada que buscar"
    default_detail = "La búsqueda solo trae palabras demasiado comunes. Añada una palabra con contenido."


def _stems(q: str) -> tuple[str, ...]:
    wanted = stems(q)
    if not wanted:
        raise NothingToSearch(errors=[FieldError("query/q", NothingToSearch.code, NothingToSearch.default_detail)])
    return wanted


def _document(row: asyncpg.Record, wanted: tuple[str, ...]) -> dict[str, Any]:
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
    request: Request,
    reader: Reader,
    as_of: AsOf,
    q: Words,
    section: Section = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Literals and products in force on `as_of` that hold every word, best first."""
    wanted = _stems(q)
    clause, values = "", []
    if cursor is not None:
        values = decode_cursor(cursor, _ORDER, 2)
        clause = (
            "WHERE found.rank < $4::text::numeric OR (found.rank = $4::text::numeric AND found.id > $5::text::bigint)"
        )
    sql = f"SELECT * FROM ({_FOUND}) found {clause} ORDER BY found.rank DESC, found.id LIMIT {limit + 1}"
    try:
        rows = await reader.fetch(sql, tsquery(wanted), as_of, section or _ALL_SECTIONS, *values)
    except asyncpg.DataError as error:
        if cursor is None:
            raise
        raise InvalidCursor from error
    shown = rows[:limit]
    following = encode_cursor(_ORDER, [str(shown[-1]["rank"]), str(shown[-1]["id"])]) if len(rows) > limit else None
    return answer(request, json_bytes({"items": [_document(r, wanted) for r in shown], "next_cursor": following}))


@router.get("/rof/competent-units", dependencies=READ, response_model=CompetentUnits)
async def list_competent_units(
    request: Request, reader: Reader, as_of: AsOf, q: Words, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> Response:
    """Which units are competent for something on `as_of`: those whose attributions and products speak of it most."""
    wanted = _stems(q)
    rows = await _competent(reader, wanted, as_of, "&")
    if not rows:
        rows = await _competent(reader, wanted, as_of, "|")
    by_unit: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        by_unit.setdefault(row["unit_id"], []).append(row)
    ranked = sorted(by_unit.values(), key=lambda found: (-sum(r["rank"] for r in found), found[0]["numeral"]))
    items = [
        {
            "unit_id": found[0]["unit_id"],
            "numeral": found[0]["numeral"],
            "name": found[0]["unit_name"],
            "dependencia": found[0]["dependencia"],
            "responsible_post": found[0]["responsible_post"],
            "matches": len(found),
            "best": _document(found[0], wanted),
        }
        for found in ranked[:limit]
    ]
    return answer(request, json_bytes({"as_of": as_of, "items": items}))


async def _competent(pool: Pool, wanted: tuple[str, ...], day: date, operator: str) -> list[asyncpg.Record]:
    return await pool.fetch(
        f"SELECT * FROM ({_FOUND}) found WHERE found.numeral IS NOT NULL ORDER BY found.rank DESC, found.id",
        tsquery(wanted, operator),
        day,
        ["attributions", "products"],
    )


class UnknownLiteral(NotFound):
    code, title = "unknown-literal", "Literal desconocido"
    default_detail = "La unidad nunca tuvo ese literal o producto. Revise numeral, letra o número, y grupo."


_VERSIONS = """
    SELECT json_agg(json_build_object('supergroup', i.supergroup, 'group', i.group_title, 'label', i.label,
        'text', i.text, 'valid_from', i.valid_from, 'valid_to', i.valid_to, 'operation', i.operation,
        'introduced_by', json_build_object('resolution', i.resolution, 'provision', i.provision),
        'closed_by', i.closed_by, 'lines', to_json(i.lines)) ORDER BY i.valid_from, i.position)::text
    FROM orgchart.rof_items i
    WHERE i.section = $1 AND i.label = $2 AND ($3::text IS NULL OR lower(i.group_title) = lower($3))
      AND i.unit_id = (SELECT v.unit_id FROM orgchart.rof_unit_versions v
        WHERE (v.numeral = $4 OR v.unit_id = $4) AND v.valid_from <= $5 AND (v.valid_to IS NULL OR v.valid_to >= $5))"""
NumeralPath = Annotated[str, Path(max_length=40)]
Group = Annotated[str | None, Query(max_length=300, description="Grupo, cuando la letra o el número se repite")]


@router.get("/rof/units/{numeral}/attributions/{letter}/history", dependencies=READ, response_model=ItemHistory)
async def read_attribution_history(
    request: Request,
    reader: Reader,
    numeral: NumeralPath,
    letter: Annotated[str, Path(max_length=3)],
    as_of: AsOf,
    group: Group = None,
) -> Response:
    """Everything that a letter of the unit's attributions has said, oldest first."""
    return await _history(request, reader, "attributions", letter, group, numeral, as_of)


@router.get("/rof/units/{numeral}/products/{number}/history", dependencies=READ, response_model=ItemHistory)
async def read_product_history(
    request: Request,
    reader: Reader,
    numeral: NumeralPath,
    number: Annotated[int, Path(ge=1, le=999)],
    as_of: AsOf,
    group: Group = None,
) -> Response:
    """Everything that a number of the unit's products has said, oldest first."""
    return await _history(request, reader, "products", str(number), group, numeral, as_of)


async def _history(
    request: Request, reader: Reader, section: str, label: str, group: str | None, numeral: str, day: date
) -> Response:
    found: str | None = await reader.fetchval(_VERSIONS, section, label, group, numeral, day)
    if found is None:
        raise UnknownLiteral
    return answer(request, f'{{"items":{found}}}')
