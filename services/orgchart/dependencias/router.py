"""Dependencias on any date: list, one, its relatives, its history, the whole tree."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.kit.access import Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.folding import fold
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits, InDigits
from services.orgchart.appointments.responsible import ResponsibleOn
from services.orgchart.dates import AsOf
from services.orgchart.dependencias.problems import UnknownDependencia
from services.orgchart.dependencias.queries import (
    DEEPEST,
    DEPTH_ABOVE,
    DOWN,
    UP,
    detail_on,
    exists_on,
    listing_on,
    named_like,
    versions_of,
    was_ever,
    with_responsible,
)
from services.orgchart.dependencias.schemas import DependenciaDetail, DependenciaPage, TreeNode, VersionPage
from services.orgchart.dependencias.tree import nested, nodes_below
from services.orgchart.domain.kinds import Kind
from services.orgchart.permissions import ORGANISATION_READ

router = feature_router(tags=["organisation"])
READ = [Requires(ORGANISATION_READ)]
Code = Annotated[str, Path(max_length=60, description="Código de la dependencia, por ejemplo DP-AZUAY")]


@router.get("/dependencias", dependencies=READ, response_model=DependenciaPage)
async def list_dependencias(
    request: Request,
    reader: Reader,
    page: Page,
    as_of: AsOf,
    kind: Annotated[list[Kind] | None, Query()] = None,
    parent: Annotated[str | None, Query(description="Código de la dependencia de la que depende")] = None,
    technical_parent: Annotated[
        str | None, Query(max_length=60, description="Código de la dependencia a la que reporta técnicamente")
    ] = None,
    zone: Annotated[list[Digits] | None, Query()] = None,
    province: Annotated[list[str] | None, Query(description="Nombre, sin importar tildes ni mayúsculas")] = None,
    level: Annotated[int | None, Query(ge=1, le=2, description="Nivel de gestión provincial"), InDigits] = None,
    derived: bool | None = None,
    numeral: Annotated[list[str] | None, Query()] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Texto en código, nombre o alias")] = None,
    responsible_on: ResponsibleOn = None,
) -> Response:
    """Dependencias vigentes en `as_of`; `q` busca sin distinguir tildes ni mayúsculas."""
    listing, day = listing_on(as_of)
    listing.filter("v.kind = ANY({})", kind).filter("parent.code = {}", parent)
    listing.filter(
        """EXISTS (SELECT FROM orgchart.dependencias t WHERE t.code = {}
            AND (t.id = v.technical_parent_id OR t.id = ANY(v.other_technical_parent_ids)))""",
        technical_parent,
    )
    listing.filter(
        "v.province IN (SELECT p.name FROM orgchart.provinces p WHERE p.name_folded = ANY({}::text[]))",
        [fold(name) for name in province or []],
    )
    listing.filter("v.management_level = {}", level)
    listing.filter("d.derived = {}", derived).filter("v.numeral = ANY({})", numeral)
    listing.filter(
        f"""v.province IN (SELECT p.name FROM orgchart.provinces p WHERE p.zone = ANY({{}}::int[])
            AND daterange(p.valid_from, p.valid_to, '[]') @> {day})""",
        zone,
    )
    named_like(listing, q)
    with_responsible(listing, responsible_on)
    return await listing.answer(reader, request, page)


@router.get("/dependencias/{code}", dependencies=READ, response_model=DependenciaDetail)
async def read_dependencia(
    request: Request, reader: Reader, code: Code, as_of: AsOf, responsible_on: ResponsibleOn = None
) -> Response:
    """Una dependencia como era en `as_of`."""
    found = await detail_on(reader, code, as_of, responsible_on)
    if found is None:
        raise UnknownDependencia
    return answer(request, found)


@router.get("/dependencias/{code}/children", dependencies=READ, response_model=DependenciaPage)
async def list_children(request: Request, reader: Reader, page: Page, code: Code, as_of: AsOf) -> Response:
    """Lo que cuelga directamente de ella en `as_of`."""
    await _known(reader, code, as_of)
    listing, _ = listing_on(as_of)
    return await listing.where("parent.code = {}", code).answer(reader, request, page)


@router.get("/dependencias/{code}/ancestors", dependencies=READ, response_model=DependenciaPage)
async def list_ancestors(request: Request, reader: Reader, page: Page, code: Code, as_of: AsOf) -> Response:
    """De la que la contiene hasta la institución, la más cercana primero."""
    await _known(reader, code, as_of)
    listing, day = listing_on(as_of)
    listing.prelude = UP.format(code=listing.bind(code), day=day)
    listing.source = f"{listing.source} JOIN above ON above.id = d.id AND above.depth > 0"
    listing.keys = {**listing.keys, "depth": DEPTH_ABOVE}
    listing.order = "depth"
    return await listing.answer(reader, request, page)


@router.get("/dependencias/{code}/subtree", dependencies=READ, response_model=DependenciaPage)
async def list_subtree(request: Request, reader: Reader, page: Page, code: Code, as_of: AsOf) -> Response:
    """Ella y todo lo que depende de ella en `as_of`."""
    await _known(reader, code, as_of)
    listing, day = listing_on(as_of)
    listing.prelude = DOWN.format(code=listing.bind(code), day=day, limit=DEEPEST)
    listing.source = f"{listing.source} JOIN below ON below.id = d.id"
    return await listing.answer(reader, request, page)


@router.get("/dependencias/{code}/history", dependencies=READ, response_model=VersionPage)
async def list_versions(request: Request, reader: Reader, page: Page, code: Code) -> Response:
    """Sus versiones, de la primera a la última, cada una con la resolución que la trajo."""
    if not await was_ever(reader, code):
        raise UnknownDependencia
    return await versions_of(code).answer(reader, request, page)


@router.get("/org-tree", dependencies=READ, response_model=TreeNode)
async def read_org_tree(
    request: Request,
    reader: Reader,
    as_of: AsOf,
    root: Annotated[str, Query(max_length=60)] = "IESS",
    depth: Annotated[
        int | None, Query(ge=0, le=DEEPEST, description="Niveles bajo la raíz; por defecto, todos"), InDigits
    ] = None,
) -> Response:
    """La organización como árbol anidado en `as_of`."""
    nodes = await nodes_below(reader, root, as_of, depth)
    if not nodes:
        raise UnknownDependencia
    return answer(request, nested(nodes))


async def _known(reader: Reader, code: str, as_of: date) -> None:
    if not await exists_on(reader, code, as_of):
        raise UnknownDependencia
