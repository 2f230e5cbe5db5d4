"""Request bodies of accounts and sign-in. Unknown members are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.mail.addresses import PATTERN as ADDRESS

SUBJECT_PATTERN = r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$"
Subject = Annotated[str, Field(pattern=SUBJECT_PATTERN, max_length=64, examples=["azuay.reporte"])]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=1024)]
Otp = Annotated[str | None, Field(pattern=r"^[0-9]{6}$", description="código del segundo factor")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Login(Body):
    username: Annotated[str, Field(min_length=1, max_length=256, examples=["azuay.reporte"])]
    password: Secret
    otp: Otp = None


class ServiceTokenRequest(Body):
    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    client_secret: Secret
    audience: Literal["orgchart", "plans", "indicators"]


class GrantsOfRequest(Body):
    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    client_secret: Secret
    dependencias: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=2_000)]


class TokenAnswer(BaseModel):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="segundos")
    refresh_token: str | None = Field(description="nulo para clientes")


class ServiceTokenAnswer(BaseModel):
    access_token: str
    expires_in: int


class Activation(Body):
    token: Secret
    password: Secret


class NewUser(Body):
    username: Subject
    name: Name
    email: Annotated[str | None, Field(max_length=254, pattern=ADDRESS)] = None


class NewClient(Body):
    client_id: Subject
    name: Name


class AccountChange(Body):
    name: Name | None = None
    status: Literal["active", "disabled"] | None = None
