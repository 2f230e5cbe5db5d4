"""Monthly progress: reported by one person, approved or returned by another; every version stays."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from fastapi import Response

from services.kit.answers import JSON_TYPE
from services.kit.clock import GUAYAQUIL
from services.kit.pages import Key, Listing, instant
from services.kit.problems import NotFound
from services.plans.duties import in_place_of, keep_apart
from services.plans.permissions import PROJECT_APPROVE, PROJECT_REPORT
from services.plans.problems import ReasonMissing, refused
from services.plans.reading import item_text
from services.plans.tracking.problems import ReportNotSubmitted
from services.plans.tracking.reaching import locked_project, refuse_ended
from services.plans.tracking.schemas import Decision, ProgressReport
from services.plans.work import Work


def report_listing(project: str) -> Listing:
    return Listing(
        columns={
            "period": "t.period",
            "version": "t.version",
            "progress_percent": "t.progress_percent::text",
            "note": "t.note",
            "status": "t.status",
            "reported_by": "t.reported_by",
            "reported_at": instant("t.reported_at"),
            "decided_by": "t.decided_by",
            "decided_at": instant("t.decided_at"),
            "decision_reason": "t.decision_reason",
        },
        source="plans.project_reports t",
        keys={"period": Key("t.period"), "version": Key("t.version", "integer")},
        order="period,version",
        unique="period,version",
    ).where("t.project = {}", project)


def month_end(period: str) -> date:
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, calendar.monthrange(year, month)[1])


async def report_progress(work: Work, project: str, report: ProgressReport) -> Response:
    row = await locked_project(work, project, PROJECT_REPORT)
    refuse_ended(row)
    if month_end(report.period).replace(day=1) > work.today:
        raise refused("/period", "period-not-open", "El mes todavía no empieza.")
    if row["start_date"] is not None and month_end(report.period) < row["start_date"]:
        raise refused("/period", "before-start", f"El proyecto empieza el {row['start_date']}.")
    version: int = await work.connection.fetchval(
        """INSERT INTO plans.project_reports (project, period, version, progress_percent, note, status, reported_by,
               reported_at, reported_for)
           SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, 'submitted', $5, $6, $7
           FROM plans.project_reports WHERE project = $1 AND period = $2 RETURNING version""",
        project,
        report.period,
        report.progress_percent,
        report.note,
        work.caller.subject,
        work.now,
        await in_place_of(work, row["dependencia"], PROJECT_REPORT),
    )
    data = {"period": report.period, "progress_percent": str(report.progress_percent)}
    work.record("project.progress-reported", project, data, dependencia=row["dependencia"])
    return await shown_report(work, project, report.period, version, 201)


async def decide_report(work: Work, project: str, period: str, decision: Decision) -> Response:
    """The titular's word on the latest report of a month; approved, it becomes the project's progress."""
    row = await locked_project(work, project, PROJECT_APPROVE)
    latest: Any = await work.connection.fetchrow(
        """SELECT * FROM plans.project_reports WHERE project = $1 AND period = $2
           ORDER BY version DESC LIMIT 1 FOR UPDATE""",
        project,
        period,
    )
    if latest is None:
        raise NotFound
    if latest["status"] != "submitted":
        raise ReportNotSubmitted
    apart = "Quien reporta el avance no lo aprueba ni lo devuelve. Debe hacerlo otra persona."
    others = (latest["reported_by"], latest["reported_for"])
    await keep_apart(work, row["dependencia"], PROJECT_APPROVE, others, apart)
    if decision.action == "return" and decision.reason is None:
        raise ReasonMissing
    await work.connection.execute(
        """UPDATE plans.project_reports SET status = $4, decided_by = $5, decided_at = $6, decision_reason = $7
           WHERE project = $1 AND period = $2 AND version = $3""",
        project,
        period,
        latest["version"],
        "approved" if decision.action == "approve" else "returned",
        work.caller.subject,
        work.now,
        decision.reason,
    )
    if decision.action == "approve":
        # A late correction of an old month does not turn the project back.
        await work.connection.execute(
            """UPDATE plans.projects SET progress_percent = $2, cut_off = $3, revision = revision + 1, updated_at = $4,
                   updated_by = $5 WHERE id = $1 AND (cut_off IS NULL OR cut_off <= $3)""",
            project,
            latest["progress_percent"],
            # What is reported of a month that still runs is so on that day, not on the last one.
            min(month_end(period), latest["reported_at"].astimezone(GUAYAQUIL).date()),
            work.now,
            work.caller.subject,
        )
    data = {"period": period, "progress_percent": str(latest["progress_percent"])}
    action = "project.progress-approved" if decision.action == "approve" else "project.progress-returned"
    work.record(action, project, data, dependencia=row["dependencia"], reason=decision.reason)
    return await shown_report(work, project, period, latest["version"], 200)


async def shown_report(work: Work, project: str, period: str, version: int, status: int) -> Response:
    listing = report_listing(project).where("t.period = {}", period).where("t.version = {}", version)
    text = await item_text(work.connection, listing)
    return Response(text, status, media_type=JSON_TYPE)
