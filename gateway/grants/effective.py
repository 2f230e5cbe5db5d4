"""What accounts may do today, stand-ins and common permissions included: who can see this, what can they do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from gateway.context import Context
from gateway.grants.held import covers, held
from services.kit.access import ROOT, Caller, Requires
from services.kit.database import Reader
from services.kit.pages import Key, Listing, Page
from services.kit.routing import router
from services.kit.scope import visible_ids
from services.kit.shapes import Listed

effective = router(tags=["grants"])

COLUMNS: Final = {
    "subject": "e.subject",
    "kind": "e.kind",
    "name": "e.name",
    "role": "e.role",
    "feed": "nullif(e.feed, '')",
    "dependencia": "e.dependencia",
    "subtree": "e.subtree",
    "valid_from": "e.valid_from",
    "valid_to": "e.valid_to",
    "source": "e.source",
    "acting_for": "e.acting_for",
    "grant": "e.id::text",
    "permissions": "e.permissions",
}


class EffectiveGrant(BaseModel):
    subject: str
    kind: Literal["user", "client"]
    name: str
    role: str | None = Field(description="nulo: lo que toda cuenta activa puede")
    feed: str | None
    dependencia: str
    subtree: bool
    valid_from: date | None
    valid_to: date | None
    source: Literal["manual", "demo", "delegation", "appointment", "common"]
    acting_for: str | None = Field(description="en lugar de quién actúa, por designación o por delegación")
    grant: str | None = Field(description="la concesión de la que sale")
    permissions: list[str] = Field(description="sin las aprobaciones que la política retiene por falta de otro factor")


class EffectiveGrants(Listed[EffectiveGrant]):
    pass


def _source(day: str, without: str) -> str:
    """day: placeholder of a date; without: of the roles that approve only with a second factor."""
    return f"""(
    SELECT DISTINCT a.subject, a.kind, a.name, h.*, ARRAY(
        SELECT p.permission FROM gateway.role_permissions p WHERE p.role = h.role AND p.feed = h.feed
          AND NOT (p.permission LIKE '%:approve' AND h.role = ANY({without}::text[]) AND a.totp_confirmed_at IS NULL)
        ORDER BY p.permission) AS permissions
    FROM ({held(f"{day}::date")}) h JOIN gateway.accounts a ON a.id = h.account_id
    UNION ALL
    SELECT a.subject, a.kind, a.name, a.id, NULL, NULL, NULL, '{ROOT}', true, NULL, NULL, 'common', NULL,
        ARRAY(SELECT c.permission FROM gateway.common_permissions c ORDER BY c.permission)
    FROM gateway.accounts a WHERE a.status = 'active') e"""


@effective.get("/effective-grants", response_model=EffectiveGrants, summary="Quién puede qué, dónde, hoy")
async def list_effective_grants(
    request: Request,
    reader: Reader,
    page: Page,
    context: Context,
    caller: Annotated[Caller, Requires("grant:read")],
    subject: Annotated[list[str] | None, Query(description="qué puede esta cuenta")] = None,
    reaches: Annotated[str | None, Query(max_length=64, description="quién alcanza esta dependencia")] = None,
    permission: Annotated[str | None, Query(max_length=64, examples=["measurement:read"])] = None,
) -> Response:
    """Lo que decide cada solicitud: solo cuentas activas, con suplencias y delegaciones, sin unidades extintas."""
    listing = Listing(
        columns=COLUMNS,
        source="",
        keys={"subject": Key("e.subject"), "key": Key("concat_ws(' ', e.source, e.id, e.valid_from, e.valid_to)")},
        order="subject",
        unique="subject,key",
    )
    day, without = listing.bind(context.clock.today()), listing.bind(context.settings.second_factor_roles)
    listing.source = _source(day, without)
    scopes = caller.scopes("grant:read")
    if not scopes.everything:
        sql, values = visible_ids(scopes, "gateway")
        listing.where(f"e.dependencia IN (SELECT u.code FROM gateway.org_units u WHERE u.id IN ({sql}))", *values)
    listing.filter("e.subject = ANY({}::text[])", subject).filter("{}::text = ANY(e.permissions)", permission)
    if reaches is not None:
        listing.where(covers("e", f"{listing.bind(reaches)}::text"))
    return await listing.answer(reader, request, page)
