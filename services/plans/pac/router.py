"""PAC: procurement lines, their reforms and how timely these are answered."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Reader, Session
from services.kit.pages import Page
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.kit.spelling import Day, Digits, InDigits
from services.plans.editing.schemas import Body
from services.plans.pac import service
from services.plans.pac.listing import IN_TIME, line_listing, reform_listing
from services.plans.pac.schemas import NewLine, NewPacReform, Ocid, PacAnswer
from services.plans.pac.shapes import LineOut, LinePage, PacReformOut, PacReformPage, TimelinessOut
from services.plans.pac.timeliness import timeliness
from services.plans.permissions import INTERNAL_READ, PAC_READ, PAC_WRITE, PLAN_VALIDATE
from services.plans.reading import Codes, Search, containing, of_dependencia, only
from services.plans.visibility import in_reach, merged_scopes
from services.plans.work import perform

router = feature_router(tags=["pac"])
Reads = Annotated[Caller, Requires(PAC_READ, INTERNAL_READ)]
Writes = Annotated[Caller, Requires(PAC_WRITE)]
Answers = Annotated[Caller, Requires(PLAN_VALIDATE)]
Number = Annotated[int, Path(ge=1, le=2**62), InDigits]
Year = Annotated[int, Query(ge=2000, le=2999), InDigits]


class Publication(Body):
    ocid: Ocid


@router.get("/pac-lines", response_model=LinePage)
async def list_pac_lines(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    year: Annotated[list[Digits] | None, Query()] = None,
    dependencia: Codes = None,
    subtree: bool = False,
    company: Codes = None,
    quarter: Annotated[list[Digits] | None, Query()] = None,
    status: Annotated[list[Literal["planned", "published", "excluded"]] | None, Query()] = None,
    ocid: Codes = None,
    q: Search = None,
) -> Response:
    """Líneas del plan anual de contratación."""
    listing = line_listing(caller)
    listing.filter("l.year = ANY({}::int[])", year).filter("l.company = ANY({}::text[])", company)
    listing.filter("l.quarter = ANY({}::int[])", quarter).filter("l.status = ANY({}::text[])", status)
    listing.filter("l.ocid = ANY({}::text[])", ocid)
    of_dependencia(listing, "l.dependencia_id", dependencia, subtree)
    containing(listing, "l.description_folded", q)
    return await listing.answer(reader, request, page)


@router.get("/pac-lines/{number}", response_model=LineOut)
async def read_pac_line(number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Una línea."""
    return await only(line_listing(caller).where("l.id = {}", number), reader, request)


@router.post("/pac-lines", status_code=201, response_model=LineOut)
async def create_pac_line(body: NewLine, request: Request, session: Session, caller: Writes) -> Response:
    """Una línea del PAC inicial. Después, las líneas cambian por reforma."""
    return await perform(session, request, caller, body, lambda work: service.create_line(work, body))


@router.patch("/pac-lines/{number}", response_model=LineOut)
async def publish_pac_line(
    number: Number, body: Publication, request: Request, session: Session, caller: Writes
) -> Response:
    """Registra el `ocid` con que se publicó el procedimiento; exige If-Match."""
    return await perform(session, request, caller, body, lambda work: service.publish_line(work, number, body.ocid))


@router.get("/pac-reforms", response_model=PacReformPage)
async def list_pac_reforms(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    year: Annotated[list[Digits] | None, Query()] = None,
    dependencia: Codes = None,
    subtree: bool = False,
    kind: Annotated[list[Literal["include", "change", "exclude"]] | None, Query()] = None,
    answered: bool | None = None,
    in_time: bool | None = None,
    requested_on_from: Day | None = None,
    requested_on_to: Day | None = None,
) -> Response:
    """Reformas del PAC, con su plazo y si se atendieron a tiempo."""
    listing = reform_listing(caller, request.app.state.clock.today())
    listing.filter("f.year = ANY({}::int[])", year).filter("f.kind = ANY({}::text[])", kind)
    listing.filter("(f.answer IS NOT NULL) = {}", answered).filter(f"({IN_TIME}) = {{}}", in_time)
    listing.filter("f.requested_on >= {}", requested_on_from).filter("f.requested_on <= {}", requested_on_to)
    of_dependencia(listing, "f.dependencia_id", dependencia, subtree)
    return await listing.answer(reader, request, page)


@router.get("/pac-reforms/timeliness", response_model=TimelinessOut)
async def read_timeliness(
    request: Request,
    reader: Reader,
    caller: Reads,
    dependencia: str,
    year: Year,
    month: Annotated[int | None, Query(ge=1, le=12), InDigits] = None,
    subtree: bool = False,
) -> Response:
    """Reformas atendidas en el tiempo establecido: numerador, denominador y porcentaje, calculados."""
    clause, values = in_reach(merged_scopes(caller, (PAC_READ, INTERNAL_READ)), "c.descendant_id")
    numbered = clause.format(*(f"${place}" for place in range(3, len(values) + 3)))
    rows = await reader.fetch(
        f"""SELECT c.descendant_id FROM plans.org_closure c JOIN plans.org_units a ON a.id = c.ancestor_id
            WHERE a.code = $1 AND ($2 OR c.depth = 0) AND ({numbered})""",
        dependencia,
        subtree,
        *values,
    )
    if not rows:
        raise NotFound
    first = date(year, month or 1, 1)
    last = date(year, month or 12, calendar.monthrange(year, month or 12)[1])
    today = request.app.state.clock.today()
    counted: dict[str, Any] = await timeliness(reader, [row[0] for row in rows], first, last, today)
    period = f"{year}-{month:02d}" if month else str(year)
    return answer(request, json_bytes({"dependencia": dependencia, "period": period, **counted}))


@router.get("/pac-reforms/{number}", response_model=PacReformOut)
async def read_pac_reform(number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Una reforma del PAC."""
    listing = reform_listing(caller, request.app.state.clock.today())
    return await only(listing.where("f.id = {}", number), reader, request)


@router.post("/pac-reforms", status_code=201, response_model=PacReformOut)
async def request_pac_reform(body: NewPacReform, request: Request, session: Session, caller: Writes) -> Response:
    """Solicita incluir, cambiar o excluir una línea; responde el plazo en días hábiles."""
    return await perform(session, request, caller, body, lambda work: service.request_reform(work, body))


@router.post("/pac-reforms/{number}/answer", response_model=PacReformOut)
async def answer_pac_reform(
    number: Number, body: PacAnswer, request: Request, session: Session, caller: Answers
) -> Response:
    """Responde una reforma; aceptarla cambia la línea."""
    return await perform(session, request, caller, body, lambda work: service.answer_reform(work, number, body))
