"""Shapes of persons. What is personal is marked so: `x-personal-data` in OpenAPI, and said in the description."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.kit.printable import NAME
from services.kit.shapes import Listed
from services.orgchart.domain.national_ids import InvalidNationalId, cedula_of

PERSONAL: dict[str, Any] = {"x-personal-data": True}
EMAIL_PATTERN = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"


def _cedula(text: str) -> str:
    try:
        return cedula_of(text)
    except InvalidNationalId as error:
        raise ValueError("no es una cédula ni el RUC de una persona natural") from error


Cedula = Annotated[
    str,
    StringConstraints(max_length=20),
    AfterValidator(_cedula),
    Field(description="Dato personal. Cédula, o RUC de persona natural.", json_schema_extra=PERSONAL),
]
Names = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=NAME),
    Field(description="Dato personal.", json_schema_extra=PERSONAL),
]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=EMAIL_PATTERN),
    Field(description="Dato personal. Correo institucional.", json_schema_extra=PERSONAL),
]
DependenciaCode = Annotated[
    str,
    StringConstraints(max_length=60, pattern=r"^[^\x00]*$"),
    Field(description="Dependencia que lleva su expediente"),
]


class PersonOut(BaseModel):
    person_id: UUID = Field(description="Identificador opaco: lo único que otros registros, eventos y auditoría llevan")
    cedula: Cedula
    given_names: Names
    family_names: Names
    email: Email | None
    dependencia: DependenciaCode
    version: int
    recorded_at: datetime


class PersonPage(Listed[PersonOut]):
    pass


class NewPerson(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "cedula": "0100000017",
                "given_names": "María José",
                "family_names": "Pérez Andrade",
                "email": "maria.perez@example.gob.ec",
                "dependencia": "DP-AZUAY",
            }
        },
    )

    cedula: Cedula
    given_names: Names
    family_names: Names
    email: Email | None = None
    dependencia: DependenciaCode


class PersonLookup(BaseModel):
    """In a body and not in the address: addresses end up in logs."""

    model_config = ConfigDict(extra="forbid")

    cedula: Cedula


class PersonChanges(BaseModel):
    """Only the members that are sent change."""

    model_config = ConfigDict(extra="forbid")

    cedula: Cedula | None = None
    given_names: Names | None = None
    family_names: Names | None = None
    email: Email | None = None
    dependencia: DependenciaCode | None = None
