"""Shapes of appointments and absences."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kit.printable import PRINTABLE
from services.kit.shapes import Listed
from services.kit.spelling import KeptDay

KINDS: Final = ("holder", "acting", "substitute")
Kind = Literal["holder", "acting", "substitute"]
SUBJECT_PATTERN: Final = r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$"
Subject = Annotated[
    str, StringConstraints(pattern=SUBJECT_PATTERN), Field(description="Cuenta con la que la persona inicia sesión")
]
Document = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PRINTABLE),
    Field(description="Acto que la dispone, por ejemplo «Acción de personal 0123-2026»"),
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*$")]


class AppointmentOut(BaseModel):
    appointment_id: UUID
    dependencia: str
    post: str
    post_name: str | None
    person: UUID = Field(description="Identificador opaco de la persona")
    name: str = Field(description="Nombre del servidor público", json_schema_extra={"x-personal-data": True})
    kind: Kind
    valid_from: date
    valid_to: date | None
    document: str | None
    subject: str | None = Field(description="Cuenta; null también para quien no puede leer personas ahí")
    state: Literal["planned", "in_force", "over", "revoked"]
    version: int
    recorded_at: datetime


class AppointmentPage(Listed[AppointmentOut]):
    pass


class RevisionOut(BaseModel):
    version: int
    valid_to: date | None
    document: str | None
    revoked: bool
    recorded_at: datetime
    recorded_by: str
    reason: str | None = Field(description="null también para quien no puede leer personas ahí")
    batch_id: UUID | None


class RevisionPage(Listed[RevisionOut]):
    pass


class NewAppointment(BaseModel):
    """To `post`, or to the responsible post of `dependencia`."""

    model_config = ConfigDict(extra="forbid")

    person: UUID
    post: Code | None = None
    dependencia: Code | None = None
    kind: Kind
    valid_from: KeptDay
    valid_to: KeptDay | None = None
    document: Document | None = None
    subject: Subject | None = None


class AppointmentChanges(BaseModel):
    """Only the members that are sent change. An earlier `valid_to` ends it early."""

    model_config = ConfigDict(extra="forbid")

    valid_to: KeptDay | None = None
    document: Document | None = None
    subject: Subject | None = None
    reason: Reason | None = None


class Revocation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class AbsenceOut(BaseModel):
    absence_id: UUID
    person: UUID
    valid_from: date
    valid_to: date | None
    document: str | None
    version: int
    recorded_at: datetime


class AbsencePage(Listed[AbsenceOut]):
    pass


class NewAbsence(BaseModel):
    """No cause: the document knows it."""

    model_config = ConfigDict(extra="forbid")

    valid_from: KeptDay
    valid_to: KeptDay | None = None
    document: Document | None = None


class AbsenceChanges(BaseModel):
    model_config = ConfigDict(extra="forbid")

    valid_to: KeptDay | None
