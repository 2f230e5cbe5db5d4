"""What tracking refuses, as facts."""

from __future__ import annotations

from services.kit.problems import Conflict


class ProjectEnded(Conflict):
    code, title = "project-ended", "El proyecto terminó"
    default_detail = "Un proyecto cerrado o cancelado no recibe cambios."


class ReportNotSubmitted(Conflict):
    code, title = "report-not-submitted", "No hay reporte por decidir"
    default_detail = "El último reporte de ese mes ya se aprobó o se devolvió."
