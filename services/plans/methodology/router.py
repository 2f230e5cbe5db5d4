"""Methodology: what a plan should be mended in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.computed import computed_page
from services.kit.database import Reader
from services.kit.memory import forget
from services.kit.pages import Page
from services.kit.problems import FieldError, Invalid
from services.kit.routing import router as feature_router
from services.plans.catalogs import CATALOGS
from services.plans.domain.lint import lint
from services.plans.methodology.coverage import coverage_of, dependencias_without_objectives
from services.plans.methodology.indicators import indicators_of
from services.plans.methodology.loading import load_content
from services.plans.methodology.shapes import CoverageOut, FindingPage
from services.plans.methodology.verbs import agreed_verbs
from services.plans.permissions import INTERNAL_READ, PLAN_READ
from services.plans.plans.listing import plan_listing
from services.plans.reading import Codes, only

router = feature_router(tags=["methodology"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]
Severity = Literal["error", "warning"]
FINDINGS = tuple(entry["code"] for entry in CATALOGS["findings"])
FINDING_FIELDS = ("code", "severity", "pointer", "detail", "reference")


def _place(finding: Mapping[str, Any]) -> str:
    """Findings are listed by place, then by code: what one objective lacks stands together."""
    return f"{finding['pointer']} {finding['code']} {finding['detail']}"


@router.get("/plans/{code}/findings", response_model=FindingPage)
async def list_findings(
    code: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    severity: Annotated[list[Severity] | None, Query()] = None,
    finding: Codes = None,
) -> Response:
    """Hallazgos metodológicos. `unavailable` nombra lo que no se pudo revisar por falta de otro servicio."""
    if finding and not set(finding) <= set(FINDINGS):
        raise Invalid(
            errors=[FieldError("query/finding", "unknown-value", f"Valores admitidos: {', '.join(FINDINGS)}.")]
        )
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    forget(request.scope)
    indicators = await indicators_of(request.app.state.clients["indicators"], code)
    content = await load_content(reader, code, indicators)
    verbs = await agreed_verbs(reader, request.app.state.clock.today())
    found = [
        f
        for f in lint(content, verbs.folded)
        if (not severity or f.severity in severity) and (not finding or f.code in finding)
    ]
    unavailable = ["indicators"] if indicators is None else []
    items = [{name: getattr(f, name) for name in FINDING_FIELDS} for f in found]
    return computed_page(
        request, page, items, _place, names=FINDING_FIELDS, extra={"policy": verbs.policy, "unavailable": unavailable}
    )


@router.get("/plans/{code}/coverage", response_model=CoverageOut)
async def read_coverage(code: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Cobertura: estrategias que nadie lleva, objetivos sin indicador, dependencias sin objetivos, discordancias."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    forget(request.scope)
    indicators = await indicators_of(request.app.state.clients["indicators"], code)
    content = await load_content(reader, code, indicators)
    verbs = await agreed_verbs(reader, request.app.state.clock.today())
    found = lint(content, verbs.folded)
    report = {
        "plan": code,
        "policy": verbs.policy,
        **coverage_of(content, found),
        "dependencias_without_objectives": await dependencias_without_objectives(reader, content),
        "unavailable": ["indicators"] if indicators is None else [],
    }
    return answer(request, json_bytes(report))
