"""Projects in depth: creation, phases, milestones, progress, risks, budget, curve and portfolio."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Reader, Session
from services.kit.pages import Key, Listing, Page, instant
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.plans.permissions import INTERNAL_READ, PLAN_WRITE, PROJECT_APPROVE, PROJECT_READ, PROJECT_REPORT
from services.plans.projects.listing import project_listing
from services.plans.projects.shapes import (
    BudgetOut,
    BudgetPage,
    CurveOut,
    MilestoneOut,
    MilestonePage,
    PhaseTransitionPage,
    PortfolioOut,
    ProjectOut,
    ReportOut,
    ReportPage,
    RiskOut,
    RiskPage,
    StandingOut,
)
from services.plans.reading import item_text
from services.plans.tracking import parts, phases, projects, reports
from services.plans.tracking.curve import curve_of
from services.plans.tracking.health import bands_on, facts_of, standing
from services.plans.tracking.portfolio import portfolio, projects_below
from services.plans.tracking.schemas import (
    Budget,
    Decision,
    MilestoneChange,
    NewMilestone,
    NewProject,
    NewRisk,
    Period,
    PhaseStep,
    ProgressReport,
    ProjectChange,
    RiskChange,
)
from services.plans.work import perform

router = feature_router(tags=["projects"])
Reads = Annotated[Caller, Requires(PROJECT_READ, INTERNAL_READ)]
Writes = Annotated[Caller, Requires(PLAN_WRITE)]
Reports = Annotated[Caller, Requires(PROJECT_REPORT)]
Approves = Annotated[Caller, Requires(PROJECT_APPROVE)]
Tracks = Annotated[Caller, Requires(PROJECT_REPORT, PROJECT_APPROVE)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Year = Annotated[int, Path(ge=1990, le=2999)]

PARTS = {
    "milestones": (
        "plans.project_milestones m",
        "m",
        {
            "number": "m.number",
            "name": "m.name",
            "weight_percent": "m.weight_percent::text",
            "planned_on": "m.planned_on",
            "done_on": "m.done_on",
        },
    ),
    "risks": (
        "plans.project_risks k",
        "k",
        {
            "number": "k.number",
            "description": "k.description",
            "probability": "k.probability",
            "impact": "k.impact",
            "exposure": "k.probability * k.impact",
            "response": "k.response",
            "plan_of_response": "k.plan_of_response",
            "status": "k.status",
        },
    ),
    "transitions": (
        "plans.project_transitions t",
        "t",
        {
            "number": "t.number",
            "from": "t.from_phase",
            "to": "t.to_phase",
            "reason": "t.reason",
            "effective_on": "t.effective_on",
            "actor": "t.actor",
            "occurred_at": instant("t.occurred_at"),
        },
    ),
}


async def refuse_unseen(project: str, request: Request, reader: Reader, caller: Caller) -> None:
    """Raises NotFound when the caller does not reach the project."""
    listing = project_listing(caller, request.app.state.clock.today())
    await item_text(reader, listing.where("r.id = {}", project))


async def list_part(name: str, project: str, request: Request, reader: Reader, caller: Caller, page: Page) -> Response:
    await refuse_unseen(project, request, reader, caller)
    source, alias, columns = PARTS[name]
    listing = Listing(
        columns=columns,
        source=source,
        keys={"number": Key(f"{alias}.number", "integer")},
        order="number",
        unique="number",
    )
    return await listing.where(f"{alias}.project = {{}}", project).answer(reader, request, page)


@router.get("/projects/portfolio", response_model=PortfolioOut)
async def read_portfolio(
    request: Request,
    reader: Reader,
    caller: Reads,
    dependencia: Annotated[str, Query(max_length=120)],
    plan: Annotated[str | None, Query(max_length=120)] = None,
) -> Response:
    """El portafolio de una dependencia y lo que depende de ella: recuentos y los diez peores."""
    today = request.app.state.clock.today()
    rows = await projects_below(reader, caller, dependencia, plan, today)
    if rows is None:
        raise NotFound
    body = await portfolio(reader, rows, today)
    return answer(request, json_bytes({"dependencia": dependencia, "plan": plan, **body}))


@router.post("/projects", status_code=201, response_model=ProjectOut)
async def create_project(body: NewProject, request: Request, session: Session, caller: Writes) -> Response:
    """Un proyecto o plan de acción en un plan en borrador."""
    return await perform(session, request, caller, body, lambda work: projects.create_project(work, body))


@router.patch("/projects/{project}", response_model=ProjectOut)
async def change_project(
    project: str, body: ProjectChange, request: Request, session: Session, caller: Writes
) -> Response:
    """Cambia lo comprometido de un proyecto mientras su plan es borrador; exige If-Match."""
    return await perform(session, request, caller, body, lambda work: projects.change_project(work, project, body))


@router.get("/projects/{project}/standing", response_model=StandingOut)
async def read_standing(project: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Planeado contra real, días congelados y semáforo, con la política que lo decide."""
    await refuse_unseen(project, request, reader, caller)
    today = request.app.state.clock.today()
    row = await reader.fetchrow("SELECT * FROM plans.projects WHERE id = $1", project)
    if row is None:
        raise NotFound
    bands, policy = await bands_on(reader, today)
    stands = standing(dict(row), await facts_of(reader, [project]), bands, today)
    return answer(request, json_bytes({"project": project, "on": today, "policy": policy, **stands}))


async def read_part(sql: str, project: str, number: int, request: Request, reader: Reader, caller: Caller) -> Response:
    await refuse_unseen(project, request, reader, caller)
    return answer(request, await parts.part_text(reader, sql, project, number))


@router.get("/projects/{project}/milestones/{number}", response_model=MilestoneOut)
async def read_milestone(project: str, number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un hito."""
    return await read_part(parts.MILESTONE, project, number, request, reader, caller)


@router.get("/projects/{project}/risks/{number}", response_model=RiskOut)
async def read_risk(project: str, number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un riesgo."""
    return await read_part(parts.RISK, project, number, request, reader, caller)


@router.get("/projects/{project}/budgets/{year}", response_model=BudgetOut)
async def read_budget(project: str, year: Year, request: Request, reader: Reader, caller: Reads) -> Response:
    """El presupuesto de un año."""
    return await read_part(parts.BUDGET, project, year, request, reader, caller)


@router.get("/projects/{project}/curve", response_model=CurveOut)
async def read_curve(project: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """La curva de avance planeado y real, mes a mes."""
    await refuse_unseen(project, request, reader, caller)
    row = await reader.fetchrow("SELECT * FROM plans.projects WHERE id = $1", project)
    if row is None:
        raise NotFound
    points = await curve_of(reader, row, request.app.state.clock.today())
    return answer(request, json_bytes({"project": project, "points": points}))


@router.get("/projects/{project}/transitions", response_model=PhaseTransitionPage)
async def list_phase_transitions(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los cambios de fase, con su motivo."""
    return await list_part("transitions", project, request, reader, caller, page)


@router.post("/projects/{project}/transitions", response_model=ProjectOut)
async def take_phase_transition(
    project: str, body: PhaseStep, request: Request, session: Session, caller: Approves
) -> Response:
    """Lleva el proyecto a otra fase; responde el proyecto."""
    return await perform(session, request, caller, body, lambda work: phases.take_phase_step(work, project, body))


@router.get("/projects/{project}/milestones", response_model=MilestonePage)
async def list_milestones(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los hitos, con su peso."""
    return await list_part("milestones", project, request, reader, caller, page)


@router.post("/projects/{project}/milestones", status_code=201, response_model=MilestoneOut)
async def add_milestone(
    project: str, body: NewMilestone, request: Request, session: Session, caller: Approves
) -> Response:
    """Un hito; los pesos no suman más de 100."""
    return await perform(session, request, caller, body, lambda work: parts.add_milestone(work, project, body))


@router.patch("/projects/{project}/milestones/{number}", response_model=MilestoneOut)
async def change_milestone(
    project: str, number: Number, body: MilestoneChange, request: Request, session: Session, caller: Tracks
) -> Response:
    """Cambia un hito o registra su cumplimiento."""
    return await perform(
        session, request, caller, body, lambda work: parts.change_milestone(work, project, number, body)
    )


@router.get("/projects/{project}/progress-reports", response_model=ReportPage)
async def list_progress_reports(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los reportes de avance, con todas sus versiones."""
    await refuse_unseen(project, request, reader, caller)
    return await reports.report_listing(project).answer(reader, request, page)


@router.post("/projects/{project}/progress-reports", status_code=201, response_model=ReportOut)
async def report_progress(
    project: str, body: ProgressReport, request: Request, session: Session, caller: Reports
) -> Response:
    """Reporta el avance de un mes."""
    return await perform(session, request, caller, body, lambda work: reports.report_progress(work, project, body))


@router.post("/projects/{project}/progress-reports/{period}/decision", response_model=ReportOut)
async def decide_progress(
    project: str, period: Period, body: Decision, request: Request, session: Session, caller: Approves
) -> Response:
    """Aprueba o devuelve el último reporte de un mes; no lo hace quien reportó."""
    return await perform(
        session, request, caller, body, lambda work: reports.decide_report(work, project, period, body)
    )


@router.get("/projects/{project}/risks", response_model=RiskPage)
async def list_risks(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los riesgos, con su exposición y respuesta."""
    return await list_part("risks", project, request, reader, caller, page)


@router.post("/projects/{project}/risks", status_code=201, response_model=RiskOut)
async def add_risk(project: str, body: NewRisk, request: Request, session: Session, caller: Tracks) -> Response:
    """Un riesgo con su respuesta."""
    return await perform(session, request, caller, body, lambda work: parts.add_risk(work, project, body))


@router.patch("/projects/{project}/risks/{number}", response_model=RiskOut)
async def change_risk(
    project: str, number: Number, body: RiskChange, request: Request, session: Session, caller: Tracks
) -> Response:
    """Cambia un riesgo o lo cierra."""
    return await perform(session, request, caller, body, lambda work: parts.change_risk(work, project, number, body))


@router.get("/projects/{project}/budgets", response_model=BudgetPage)
async def list_budgets(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """El presupuesto del proyecto por año."""
    await refuse_unseen(project, request, reader, caller)
    listing = Listing(
        columns={"year": "g.year", "planned": "g.planned::text", "accrued": "g.accrued::text"},
        source="plans.project_budgets g",
        keys={"year": Key("g.year", "integer")},
        order="year",
        unique="year",
    )
    return await listing.where("g.project = {}", project).answer(reader, request, page)


@router.put("/projects/{project}/budgets/{year}", response_model=BudgetOut)
async def set_budget(
    project: str, year: Year, body: Budget, request: Request, session: Session, caller: Approves
) -> Response:
    """Fija el presupuesto de un año."""
    return await perform(session, request, caller, body, lambda work: parts.set_budget(work, project, year, body))
