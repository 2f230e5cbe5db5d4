"""What accounts of people and of systems have in common: their shape, list, change and answers with a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from gateway.identity.accounts import COLUMNS, Actor, change_account, read_account
from gateway.identity.schemas import AccountChange
from services.kit.answers import JSON_TYPE, answer, created, etag_for, require_match
from services.kit.database import Connection
from services.kit.pages import Key, Listing
from services.kit.shapes import Listed

Subject = Annotated[str, Path(min_length=1, max_length=64)]
Status = Annotated[list[Literal["invited", "active", "disabled"]] | None, Query()]
Search = Annotated[str | None, Query(max_length=100)]


class Invitation(BaseModel):
    state: Literal["queued", "sent", "refused", "expired"]
    queued_at: datetime
    attempts: int
    sent_at: datetime | None
    last_error: str | None = Field(description="código, sin direcciones; nulo si no hubo fallo")


class Account(BaseModel):
    subject: str
    kind: str
    name: str
    status: str
    has_second_factor: bool
    secret_changed_at: datetime | None
    last_sign_in_at: datetime | None
    invitation: Invitation | None = Field(description="qué fue de la invitación por correo; nulo si no se envió así")
    created_at: datetime
    created_by: str
    updated_at: datetime


class Accounts(Listed[Account]):
    pass


def account_listing(kind: str, status: Sequence[str] | None, q: str | None) -> Listing:
    listing = Listing(
        columns=COLUMNS,
        source="gateway.accounts a",
        keys={"subject": Key("a.subject"), "created_at": Key("a.created_at", "timestamptz")},
        order="subject",
        unique="subject",
    )
    listing.where("a.kind = {}", kind).filter("a.status = ANY({}::text[])", status)
    return listing.filter("strpos(a.subject || ' ' || lower(a.name), lower({})) > 0", q)


def _without(shown_once: str, document: str) -> str:
    """The account as it may be kept for a replay: the secret is named and null."""
    return f'{document[:-1]},"{shown_once}":null}}'


def created_account(document: str, location: str, *, shown_once: str) -> Response:
    """201. shown_once: name of the member that with_secret() may fill in."""
    return created(_without(shown_once, document), location, etag=etag_for(document))


def changed_account(document: str, *, shown_once: str) -> Response:
    return Response(_without(shown_once, document), media_type=JSON_TYPE)


async def change(
    kind: str, subject: str, body: AccountChange, request: Request, connection: Connection, actor: Actor
) -> Response:
    """Name or status, under If-Match."""
    before = await read_account(connection, kind, subject)
    require_match(request, etag_for(before))
    return answer(request, await change_account(connection, actor, kind, subject, body.name, body.status))
