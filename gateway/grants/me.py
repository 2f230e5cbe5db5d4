"""The caller about itself: who it is, and what it may do where, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from gateway.context import SIGNED_IN, Context
from gateway.grants import wording
from gateway.grants.access import Access, Held
from services.kit.access import current_caller
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
    unit = await pool.fetchrow("SELECT valid_to FROM gateway.org_units WHERE code = $1", dependencia)
    closed = ""
    if unit is not None and unit["valid_to"] is not None and unit["valid_to"] < access.day:
        closed = f" La dependencia existió hasta el {wording.day_in_words(unit['valid_to'])} inclusive."
    if permission in access.common:
        if unit is not None:
            return Verdict(True, f"Toda cuenta activa tiene este permiso en toda la institución.{closed}")
        return Verdict(
            False, f"Toda cuenta activa tiene este permiso, pero no alcanza a {dependencia}: no se la conoce."
        )
    labels = {row["code"]: row["label"] for row in await pool.fetch("SELECT code, label FROM gateway.roles")}
    holding = [grant for grant in access.grants if permission in grant.permissions]
    if not holding:
        return Verdict(False, " ".join(await _why_not(pool, access, permission, labels)))
    above = await pool.fetch(
        """SELECT a.code, c.depth FROM gateway.org_closure c
           JOIN gateway.org_units d ON d.id = c.descendant_id JOIN gateway.org_units a ON a.id = c.ancestor_id
           WHERE d.code = $1 ORDER BY c.depth""",
        dependencia,
    )
    depths = {row["code"]: row["depth"] for row in above}
    reaching = [g for g in holding if depths.get(g.dependencia) == 0 or (g.subtree and g.dependencia in depths)]
    if not reaching:
        places = ", ".join(dict.fromkeys(wording.place(grant.dependencia, subtree=grant.subtree) for grant in holding))
        unknown = "" if unit is not None else ": no se la conoce"
        return Verdict(False, f"Tiene el permiso «{permission}» en {places}, pero no alcanza a {dependencia}{unknown}.")
    nearest = min(reaching, key=lambda grant: (depths[grant.dependencia], grant.acting_for is not None))
    return Verdict(True, wording.because(nearest, labels[nearest.role]) + closed)


# Of the account's own grants whose role has the permission: the one that begins next, else the one that ended last.
_NOT_NOW: Final = """SELECT g.role, g.dependencia, g.subtree, g.valid_from, g.valid_to, g.granted_by,
        (g.ended_at AT TIME ZONE 'America/Guayaquil')::date AS ended_on, u.valid_to AS closed_on
    FROM gateway.grants g JOIN gateway.role_permissions p ON p.role = g.role AND p.feed = g.feed
    LEFT JOIN gateway.org_units u ON u.code = g.dependencia
    WHERE g.account_id = $1 AND p.permission = $2
    ORDER BY (g.ended_at IS NULL AND g.valid_from > $3) DESC, g.ended_at IS NOT NULL,
        CASE WHEN g.valid_from > $3 THEN g.valid_from END, g.valid_to DESC NULLS FIRST, g.id DESC LIMIT 1"""


async def _why_not(pool: Pool, access: Access, permission: str, labels: Mapping[str, str]) -> list[str]:
    """Sentences for somebody who holds the permission nowhere today."""
    having = await pool.fetch(
        "SELECT DISTINCT role, feed FROM gateway.role_permissions WHERE permission = $1", permission
    )
    if not having:
        return [f"Ningún rol incluye el permiso «{permission}»: revise cómo se escribe."]
    none = f"Ninguna de sus concesiones vigentes incluye el permiso «{permission}»."
    roles = {(row["role"], row["feed"]) for row in having}
    for grant in access.grants:
        if (grant.role, grant.feed) in roles:
            return [none, wording.withheld(labels[grant.role])]
    past = await pool.fetchrow(_NOT_NOW, access.account_id, permission, access.day)
    return [none] if past is None else [none, wording.why_not_now(dict(past), labels[past["role"]], access.day)]
