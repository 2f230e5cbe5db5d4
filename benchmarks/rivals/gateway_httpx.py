"""The textbook gateway: FastAPI routing, jose per request, ORM rows, httpx. What a tutorial would arrive at."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from jose import JWTError, jwt
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel, col, select

UPSTREAM = os.environ["RIVAL_UPSTREAM"]
KEY: dict[str, Any] = json.loads(Path(os.environ["RIVAL_KEYS_FILE"]).read_text())["keys"][0]
engine = create_async_engine(os.environ["RIVAL_DATABASE_URL"])
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Account(SQLModel, table=True):
    __tablename__ = "accounts"
    __table_args__ = {"schema": "gateway"}
    id: int = Field(primary_key=True)
    kind: str
    subject: str
    name: str
    status: str


class Grant(SQLModel, table=True):
    __tablename__ = "grants"
    __table_args__ = {"schema": "gateway"}
    id: int = Field(primary_key=True)
    account_id: int
    role: str
    feed: str
    dependencia: str
    subtree: bool
    valid_from: date
    valid_to: date | None


class RolePermission(SQLModel, table=True):
    __tablename__ = "role_permissions"
    __table_args__ = {"schema": "gateway"}
    role: str = Field(primary_key=True)
    feed: str = Field(primary_key=True)
    permission: str = Field(primary_key=True)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.key = KEY
    app.state.public = {name: value for name, value in KEY.items() if name != "d"}
    async with httpx.AsyncClient(base_url=UPSTREAM, timeout=30) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


async def inner_token(request: Request, database: AsyncSession = Depends(session)) -> str:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    key = request.app.state.key
    try:
        claims = jwt.decode(token, request.app.state.public, algorithms=["ES256"], audience="iesspr-api")
    except JWTError as error:
        raise HTTPException(401) from error
    account = (await database.execute(select(Account).where(col(Account.subject) == claims["sub"]))).scalar_one()
    grants = (await database.execute(select(Grant).where(col(Grant.account_id) == account.id))).scalars().all()
    held = []
    for grant in grants:
        rows = await database.execute(
            select(RolePermission).where(col(RolePermission.role) == grant.role, col(RolePermission.feed) == grant.feed)
        )
        permissions = [row.permission for row in rows.scalars()]
        held.append({"permissions": permissions, "dependencia": grant.dependencia, "subtree": grant.subtree})
    now = int(time.time())
    inner: dict[str, Any] = {
        "iss": "iesspr-gateway", "aud": "indicators", "sub": account.subject, "kind": account.kind,
        "name": account.name, "iat": now, "exp": now + 60, "jti": uuid4().hex, "grants": held,
    }  # fmt: skip
    return low_s(jwt.encode(inner, key, "ES256", headers={"typ": "iesspr-inner+jwt", "kid": key["kid"]}))


def low_s(token: str) -> str:
    """The services take signatures in their low-s form only."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    s = int.from_bytes(raw[32:], "big")
    low = raw[:32] + min(s, order - s).to_bytes(32, "big")
    return f"{signed}.{base64.urlsafe_b64encode(low).rstrip(b'=').decode()}"


@app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def forward(path: str, request: Request, token: str = Depends(inner_token)) -> Response:
    headers = {name: value for name, value in request.headers.items() if name not in ("host", "authorization")}
    client: httpx.AsyncClient = request.app.state.client
    answer = await client.request(
        request.method,
        f"/api/v1/{path}",
        params=request.query_params,
        content=await request.body(),
        headers={**headers, "Authorization": f"Bearer {token}"},
    )
    kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "content-encoding")}
    return Response(answer.content, answer.status_code, kept)
