"""Posts: list, one, add, change."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, created, etag_for, require_match
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.orgchart.dates import AsOf
from services.orgchart.permissions import ORGANISATION_READ, PERSON_WRITE
from services.orgchart.posts.queries import in_life, naming_is, post_document, posts_on, vacancy_is
from services.orgchart.posts.schemas import NewPost, PostFacts, PostOut, PostPage
from services.orgchart.posts.service import UnknownPost, add_post, change_post
from services.orgchart.work import Work, work_of, write_once

router = feature_router(tags=["people"])
READ = [Requires(ORGANISATION_READ)]
Writes = Annotated[Caller, Requires(PERSON_WRITE)]
Code = Annotated[str, Path(max_length=80, description="Código del puesto, por ejemplo DP-AZUAY.01")]


@router.get("/posts", dependencies=READ, response_model=PostPage)
async def list_posts(
    request: Request,
    reader: Reader,
    page: Page,
    as_of: AsOf,
    dependencia: Annotated[list[str] | None, Query()] = None,
    responsible: bool | None = None,
    collegiate: bool | None = None,
    naming: Annotated[list[Literal["regulation", "manual", "missing"]] | None, Query()] = None,
    vacant: Annotated[bool | None, Query(description="Sin titular ni encargado en as_of")] = None,
) -> Response:
    """Puestos que existen en `as_of`; cada dependencia tiene uno que responde por ella."""
    listing, day = posts_on(as_of)
    in_life(listing, day).filter("d.code = ANY({})", dependencia)
    listing.filter("p.responsible = {}", responsible).filter("p.collegiate = {}", collegiate)
    vacancy_is(naming_is(listing, list(naming or [])), day, vacant)
    return await listing.answer(reader, request, page)


@router.get("/posts/{code}", dependencies=READ, response_model=PostOut)
async def read_post(request: Request, reader: Reader, code: Code, as_of: AsOf) -> Response:
    """Un puesto, con el nombre que tenía en `as_of`."""
    found = await post_document(reader, code, as_of)
    if found is None:
        raise UnknownPost
    return answer(request, found)


@router.post("/posts", status_code=201, response_model=PostOut)
async def create_post(request: Request, session: Session, caller: Writes, new: NewPost) -> Response:
    """Agrega un puesto a una dependencia (el responsable existe desde el principio)."""

    async def act(connection: Connection, work: Work) -> Response:
        code, body = await add_post(connection, work, new)
        return created(body, f"/api/v1/posts/{code}", etag=etag_for(body))

    return await write_once(session, request, caller, new, act)


@router.put("/posts/{code}", response_model=PostOut)
async def replace_post(request: Request, session: Session, caller: Writes, code: Code, facts: PostFacts) -> Response:
    """Cambia lo que se sabe de un puesto; null en nombre o vigencia: lo que diga el ROF. Exige If-Match."""
    connection = await raw(session)
    body = await change_post(connection, work_of(request, caller), code, facts, partial(require_match, request))
    return answer(request, body)
