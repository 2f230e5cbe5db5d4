"""Public files of the transparency law: no login, cacheable, the same month in the same bytes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from services.indicators.publishing.assembly import assemble, checked_month
from services.indicators.publishing.forms import Form, files_of, zip_bytes
from services.indicators.publishing.shapes import LotaipOut
from services.kit.access import Public
from services.kit.answers import answer, json_bytes
from services.kit.database import Reader
from services.kit.problems import Unavailable
from services.kit.routing import router as feature_router

router = feature_router(tags=["public"])
Numeral = Annotated[str, Path(max_length=10, description="1.3, 6, 10 o a4")]
Month = Annotated[str, Path(max_length=10, description="AAAA-MM")]


@router.get(
    "/public/lotaip/{numeral}/{month}.zip",
    dependencies=[Public],
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "Los tres archivos CSV",
        }
    },
)
async def download_lotaip(request: Request, reader: Reader, numeral: Numeral, month: Month) -> Response:
    """Los tres archivos CSV de un numeral y un mes: conjunto de datos, metadatos y diccionario."""
    form = await _form(request, reader, numeral, month)
    name = f"lotaip-{form.numeral}-{form.month}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return answer(request, zip_bytes(files_of(form)), headers=headers, media_type="application/zip")


@router.get("/public/lotaip/{numeral}/{month}.json", dependencies=[Public], response_model=LotaipOut)
async def read_lotaip(request: Request, reader: Reader, numeral: Numeral, month: Month) -> Response:
    """Lo mismo en JSON: `{numeral, month, title, columns, rows, metadata}`; las celdas son texto."""
    form = await _form(request, reader, numeral, month)
    document = {
        "numeral": form.numeral,
        "month": form.month,
        "title": form.title,
        "columns": [{"name": c.name, "description": c.description} for c in form.columns],
        "rows": form.cells(),
        "metadata": dict(form.metadata),
    }
    return answer(request, json_bytes(document))


async def _form(request: Request, reader: Reader, numeral: str, month: str) -> Form:
    plans = request.app.state.clients.get("plans")
    if plans is None:
        raise Unavailable("La publicación necesita el servicio de planes, que no está configurado.")
    checked = checked_month(numeral, month, request.app.state.clock.today())
    return await assemble(numeral, checked, reader, plans)
