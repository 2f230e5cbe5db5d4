"""The regulation as of a day as one document: JSON for programs, Markdown for people."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Query, Request, Response

from services.kit.access import Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Pool, Reader
from services.kit.pages import Key, Listing, Page
from services.kit.routing import router as feature_router
from services.orgchart.dates import AsOf
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.rof.queries import IN_FORCE, SOURCE, detail_columns
from services.orgchart.rof.schemas import ProvisionPage, RegulationExport

router = feature_router(tags=["regulation"])
READ = [Requires(ORGANISATION_READ)]
PROVISION_COLUMNS = {
    "kind": "p.kind",
    "subkind": "p.subkind",
    "label": "p.label",
    "title": "p.title",
    "text": "p.text",
    "valid_from": "p.valid_from",
    "valid_to": "p.valid_to",
    "operation": "p.operation",
    "introduced_by": "json_build_object('resolution', p.resolution, 'provision', p.provision)",
    "closed_by": "p.closed_by - 'operation'",
    "lines": "to_json(p.lines)",
}


@router.get("/rof/provisions", dependencies=READ, response_model=ProvisionPage)
async def list_rof_provisions(
    request: Request,
    reader: Reader,
    page: Page,
    as_of: AsOf,
    kind: Annotated[
        list[Literal["disposition", "competence", "directive_post", "structure", "article"]] | None, Query()
    ] = None,
    subkind: Annotated[
        str | None, Query(max_length=20, description="Clase de disposición, o nivel 1 o 2 de competencia")
    ] = None,
) -> Response:
    """Lo que el reglamento dice fuera de los Art. 10 y 11: disposiciones, competencias, puestos, Art. 8, artículos."""
    listing = Listing(
        columns=PROVISION_COLUMNS,
        source="orgchart.rof_provisions p",
        keys={"id": Key("p.id", "bigint"), "kind": Key("p.kind")},
        order="id",
        unique="id",
    )
    listing.where(IN_FORCE.format(table="p", day="{0}::date"), as_of)
    listing.filter("p.kind = ANY({})", kind).filter("p.subkind = {}", subkind)
    return await listing.answer(reader, request, page)


@router.get(
    "/rof/export",
    dependencies=READ,
    response_model=RegulationExport,
    responses={200: {"content": {"text/markdown": {}}, "description": "Con format=markdown, un texto"}},
)
async def export_rof(
    request: Request, reader: Reader, as_of: AsOf, format: Literal["json", "markdown"] = "json"
) -> Response:
    """Todas las unidades vigentes en `as_of`, con su texto."""
    units = await _units(reader, as_of)
    if format == "json":
        return answer(request, json_bytes({"as_of": as_of, "units": units}))
    return answer(request, markdown(as_of, units), media_type="text/markdown; charset=utf-8")


async def _units(pool: Pool, day: date) -> list[dict[str, Any]]:
    columns = detail_columns("$1::date")
    built = ", ".join(f"'{name}', {sql}" for name, sql in columns.items() if not name.startswith("general_"))
    # json_build_object takes at most 100 arguments; two general lists less keeps well below.
    document: str = await pool.fetchval(
        f"""SELECT coalesce(json_agg(json_build_object({built}) ORDER BY v.numeral_key), '[]'::json)::text
            FROM {SOURCE.format(day="$1::date")} WHERE {IN_FORCE.format(table="v", day="$1::date")}""",
        day,
    )
    units: list[dict[str, Any]] = msgspec.json.decode(document)
    return units


def markdown(day: date, units: list[dict[str, Any]]) -> str:
    """One section a unit, in the order of the regulation."""
    parts = [f"# Reglamento Orgánico Funcional del IESS, vigente al {day.isoformat()}\n"]
    parts += [_section(unit) for unit in units]
    return "\n".join(parts)


def _section(unit: dict[str, Any]) -> str:
    source = unit["introduced_by"]
    lines = [f"## {unit['numeral']} {unit['name']}", ""]
    lines += [f"*{source['resolution']}, {source['provision']}; desde {unit['valid_from']}*", ""]
    if unit["process_name"]:
        lines += [f"Proceso: {unit['process_name']}", ""]
    if unit["mission"]:
        lines += [f"**Misión.** {unit['mission']}", ""]
    if unit["responsible_post"]:
        lines += [f"**Responsable.** {unit['responsible_post']}", ""]
    lines += _listed("Atribuciones y responsabilidades", unit["attributions"], "letter", ")")
    if unit["attributions_closing"]:
        lines += [unit["attributions_closing"], ""]
    if unit["internal_management"]:
        lines += ["### Gestiones internas", "", *(f"- {m['text']}" for m in unit["internal_management"]), ""]
    lines += _listed("Productos y servicios", unit["products"], "number", ".")
    return "\n".join(lines)


def _listed(title: str, items: list[dict[str, Any]], label: str, mark: str) -> list[str]:
    if not items:
        return []
    lines = [f"### {title}", ""]
    place: tuple[Any, Any] = (None, None)
    for item in items:
        if (item.get("supergroup"), item["group"]) != place:
            place = (item.get("supergroup"), item["group"])
            lines += ["", "#### " + " · ".join(part for part in place if part), ""]
        lines.append(f"- {item[label]}{mark} {item['text']}")
    return [*lines, ""]
