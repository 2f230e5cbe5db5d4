"""What hangs on a project: milestones, risks, budget and progress reports."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Reader, Session
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import InDigits
from services.plans.permissions import INTERNAL_READ, PROJECT_APPROVE, PROJECT_READ, PROJECT_REPORT
from services.plans.projects.shapes import (
    BudgetOut,
    BudgetPage,
    MilestoneOut,
    MilestonePage,
    ReportOut,
    ReportPage,
    RiskOut,
    RiskPage,
)
from services.plans.tracking import parts, reports
from services.plans.tracking.reading import budget_listing, list_part, part_listing, read_part
from services.plans.tracking.schemas import (
    Budget,
    Decision,
    MilestoneChange,
    NewMilestone,
    NewRisk,
    Period,
    ProgressReport,
    RiskChange,
)
from services.plans.work import perform

router = feature_router(tags=["projects"])
Reads = Annotated[Caller, Requires(PROJECT_READ, INTERNAL_READ)]
Reports = Annotated[Caller, Requires(PROJECT_REPORT)]
Approves = Annotated[Caller, Requires(PROJECT_APPROVE)]
Tracks = Annotated[Caller, Requires(PROJECT_REPORT, PROJECT_APPROVE)]
Number = Annotated[int, Path(ge=1, le=1_000_000), InDigits]
Year = Annotated[int, Path(ge=1990, le=2999), InDigits]


@router.get("/projects/{project}/milestones", response_model=MilestonePage)
async def list_milestones(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los hitos, con su peso."""
    return await list_part(part_listing("milestones", project), project, request, reader, caller, page)


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


@router.get("/projects/{project}/milestones/{number}", response_model=MilestoneOut)
async def read_milestone(project: str, number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un hito."""
    return await read_part(parts.MILESTONE, project, number, request, reader, caller)


@router.get("/projects/{project}/risks", response_model=RiskPage)
async def list_risks(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los riesgos, con su exposición y respuesta."""
    return await list_part(part_listing("risks", project), project, request, reader, caller, page)


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


@router.get("/projects/{project}/risks/{number}", response_model=RiskOut)
async def read_risk(project: str, number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un riesgo."""
    return await read_part(parts.RISK, project, number, request, reader, caller)


@router.get("/projects/{project}/budgets", response_model=BudgetPage)
async def list_budgets(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """El presupuesto del proyecto por año."""
    return await list_part(budget_listing(project), project, request, reader, caller, page)


@router.put("/projects/{project}/budgets/{year}", response_model=BudgetOut)
async def set_budget(
    project: str, year: Year, body: Budget, request: Request, session: Session, caller: Approves
) -> Response:
    """Fija el presupuesto de un año."""
    return await perform(session, request, caller, body, lambda work: parts.set_budget(work, project, year, body))


@router.get("/projects/{project}/budgets/{year}", response_model=BudgetOut)
async def read_budget(project: str, year: Year, request: Request, reader: Reader, caller: Reads) -> Response:
    """El presupuesto de un año."""
    return await read_part(parts.BUDGET, project, year, request, reader, caller)


@router.get("/projects/{project}/progress-reports", response_model=ReportPage)
async def list_progress_reports(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los reportes de avance, con todas sus versiones."""
    return await list_part(reports.report_listing(project), project, request, reader, caller, page)


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
