"""The caller about itself: who it is, and what it may do where, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from gateway.context import SIGNED_IN, Context
from gateway.grants.access import Access, Held
from services.kit.access import ROOT, current_caller
from services.kit.answers import answer, json_bytes
from services.kit.database import Pool, Reader
from services.kit.routing import router

me: APIRouter = router(tags=["me"])


class HeldGrant(BaseModel):
    role: str
    feed: str | None
    dependencia: str
    subtree: bool
    valid_from: date
    valid_to: date | None


class Me(BaseModel):
    subject: str
    kind: str
    name: str
    grants: list[HeldGrant]


class Can(BaseModel):
    allowed: bool
    because: str


def held_document(grant: Held) -> dict[str, Any]:
    return {
        "role": grant.role,
        "feed": grant.feed or None,
        "dependencia": grant.dependencia,
        "subtree": grant.subtree,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
    }


@me.get("/me", dependencies=SIGNED_IN, response_model=Me, summary="Quién soy y qué concesiones tengo")
async def read_me(request: Request, context: Context) -> Response:
    """No exige permiso, solo un token válido: la respuesta trata solo de quien pregunta."""
    await current_caller(request)
    access: Access = request.state.access
    document = {
        "subject": access.subject,
        "kind": access.kind,
        "name": access.name,
        "grants": [held_document(grant) for grant in access.grants],
    }
    return answer(request, json_bytes(document))


@me.get("/me/can", dependencies=SIGNED_IN, response_model=Can, summary="¿Puedo hacer esto en esta dependencia?")
async def can(
    request: Request,
    reader: Reader,
    permission: Annotated[str, Query(min_length=3, max_length=64, examples=["measurement:submit"])],
    dependencia: Annotated[str, Query(min_length=1, max_length=64, examples=["DP-AZUAY"])],
) -> Response:
    await current_caller(request)
    access: Access = request.state.access
    verdict = await judge(reader, access, permission, dependencia)
    return answer(request, json_bytes({"allowed": verdict.allowed, "because": verdict.because}))


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    because: str


async def judge(pool: Pool, access: Access, permission: str, dependencia: str) -> Verdict:
    """May this subject do this there today, and why. An unknown dependencia reads like one out of reach."""
    if permission in access.common:
        if await pool.fetchval("SELECT EXISTS (SELECT 1 FROM gateway.org_units WHERE code = $1)", dependencia):
            return Verdict(True, "Toda cuenta activa tiene este permiso en toda la institución.")
        return Verdict(
            False, f"Toda cuenta activa tiene este permiso, pero no alcanza a {dependencia}: no se la conoce."
        )
    holding = [grant for grant in access.grants if permission in grant.permissions]
    if not holding:
        return Verdict(False, f"Ninguna de sus concesiones vigentes incluye el permiso «{permission}».")
    above = await pool.fetch(
        """SELECT a.code, c.depth FROM gateway.org_closure c
           JOIN gateway.org_units d ON d.id = c.descendant_id JOIN gateway.org_units a ON a.id = c.ancestor_id
           WHERE d.code = $1 ORDER BY c.depth""",
        dependencia,
    )
    depths = {row["code"]: row["depth"] for row in above}
    reaching = [g for g in holding if depths.get(g.dependencia) == 0 or (g.subtree and g.dependencia in depths)]
    if not reaching:
        places = ", ".join(_place(grant) for grant in holding)
        return Verdict(False, f"Tiene el permiso «{permission}» en {places}, pero no alcanza a {dependencia}.")
    return Verdict(True, _because(min(reaching, key=lambda grant: depths[grant.dependencia])))


def _place(grant: Held) -> str:
    return f"{grant.dependencia}{' y sus subordinadas' if grant.subtree else ''}"


def _because(grant: Held) -> str:
    until = f" hasta el {grant.valid_to}" if grant.valid_to else ""
    where = "toda la institución" if (grant.dependencia, grant.subtree) == (ROOT, True) else _place(grant)
    return f"Por su concesión de {grant.role} en {where}, vigente desde el {grant.valid_from}{until}."
