"""Imports of the regulation's text through the API: upload, dry run, receipts."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, created, json_bytes
from services.kit.clock import Clock
from services.kit.database import Reader, Session, raw
from services.kit.idempotency import once
from services.kit.pages import Key, Listing, Page, instant
from services.kit.problems import FieldError, Invalid, InvalidEncoding, UnsupportedMediaType
from services.kit.routing import router as feature_router
from services.orgchart.importers.rof import parse
from services.orgchart.permissions import ORGANISATION_READ, REGULATION_IMPORT
from services.orgchart.rof.importing import ImportOutcome, finding_document, import_codification
from services.orgchart.rof.schemas import ImportOut, ImportPage, ImportResult

router = feature_router(tags=["regulation"])
COLUMNS = {
    "import_id": "m.id",
    "imported_at": instant("m.imported_at"),
    "actor": "m.actor",
    "sha256": "m.sha256",
    "size_bytes": "m.size_bytes",
    "counts": "m.counts",
    "findings": "m.findings",
}


class RegulationNotReadable(Invalid):
    """The text does not pass its own completeness checks; nothing was stored."""

    code = "regulation-not-readable"
    title = "El texto no se puede importar"
    default_detail = "El texto no pasó sus comprobaciones y nada cambió. Vea findings: cada una dice su línea."


@router.post(
    "/rof/imports",
    status_code=201,
    response_model=ImportResult,
    responses={200: {"model": ImportResult, "description": "Con dry_run=true"}},
)
async def import_rof(
    request: Request,
    session: Session,
    caller: Annotated[Caller, Requires(REGULATION_IMPORT, everywhere=True)],
    dry_run: Annotated[bool, Query(description="Solo comprobar; responde 200 y no guarda nada")] = False,
) -> Response:
    """Importa el texto codificado del reglamento: `text/plain` en UTF-8, o el único archivo de un formulario."""
    content = await _uploaded(request)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    # Half a second of pure Python: in a thread, so that other calls go on.
    read = await asyncio.to_thread(parse, text)
    connection = await raw(session)
    clock: Clock = request.app.state.clock
    now = clock.now()

    async def act() -> Response:
        outcome = await import_codification(connection, read, content, actor=caller.subject, now=now, dry_run=dry_run)
        if outcome.refused:
            raise _refusal(outcome)
        body = json_bytes(_document(outcome, dry_run))
        if dry_run or not outcome.changed:
            return Response(body, 200, media_type=JSON_TYPE)
        return created(body, f"/api/v1/rof/imports/{outcome.import_id}")

    if dry_run:
        return await act()
    return await once(connection, "orgchart", request, caller.subject, content, now, act)


async def _uploaded(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/plain":
        return await request.body()
    if kind != "multipart/form-data":
        raise UnsupportedMediaType("Envíe el texto como text/plain, o como archivo de un formulario.")
    async with request.form(max_files=1, max_fields=10) as form:
        for value in form.values():
            if not isinstance(value, str):
                return await value.read()
    raise Invalid(errors=[FieldError("body", "file-missing", "El formulario no trae ningún archivo.")])


def _refusal(outcome: ImportOutcome) -> RegulationNotReadable:
    errors = [f for f in outcome.findings if f.severity == "error"]
    return RegulationNotReadable(
        errors=[FieldError(f"line/{f.line}", f.code, f.detail) for f in errors],
        extensions={"findings": [finding_document(f) for f in outcome.findings]},
    )


def _document(outcome: ImportOutcome, dry_run: bool) -> dict[str, object]:
    return {
        "import_id": str(outcome.import_id) if outcome.import_id else None,
        "dry_run": dry_run,
        "changed": outcome.changed,
        "sha256": outcome.sha256,
        "counts": outcome.counts,
        "findings": [finding_document(f) for f in outcome.findings],
    }


def _listing() -> Listing:
    return Listing(
        columns=COLUMNS,
        source="orgchart.rof_imports m",
        keys={"imported_at": Key("m.imported_at", "timestamptz"), "import_id": Key("m.id", "uuid")},
        order="-imported_at",
        unique="import_id",
    )


@router.get("/rof/imports", dependencies=[Requires(ORGANISATION_READ)], response_model=ImportPage)
async def list_rof_imports(request: Request, reader: Reader, page: Page) -> Response:
    """Importaciones que cambiaron el reglamento guardado, de la última a la primera."""
    return await _listing().answer(reader, request, page)


@router.get("/rof/imports/{import_id}", dependencies=[Requires(ORGANISATION_READ)], response_model=ImportOut)
async def read_rof_import(request: Request, reader: Reader, import_id: Annotated[str, Path(max_length=36)]) -> Response:
    """El recibo de una importación."""
    return await _listing().where("m.id::text = {}", import_id).one(reader, request)
