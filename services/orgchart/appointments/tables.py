"""Appointments with every state they ever had, absences, and receipts of batches.

`collegiate` is the post's: the exclusion constraints need it in the row, and the foreign key keeps it equal.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field

from services.orgchart.metadata import OrgchartTable


class Appointment(OrgchartTable, table=True):
    __tablename__ = "appointments"

    id: UUID = Field(primary_key=True)
    post_id: int = Field(sa_type=BigInteger, foreign_key="orgchart.posts.id")
    collegiate: bool
    person_id: UUID = Field(foreign_key="orgchart.persons.id")
    kind: str
    valid_from: date
    valid_to: date | None = None
    document: str | None = None
    subject: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    version: int
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AppointmentRevision(OrgchartTable, table=True):
    __tablename__ = "appointment_revisions"

    appointment_id: UUID = Field(primary_key=True, foreign_key="orgchart.appointments.id")
    version: int = Field(primary_key=True)
    valid_to: date | None = None
    document: str | None = None
    subject: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    reason: str | None = None
    batch_id: UUID | None = None


class Absence(OrgchartTable, table=True):
    __tablename__ = "absences"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="orgchart.persons.id")
    valid_from: date
    valid_to: date | None = None
    document: str | None = None
    version: int
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AppointmentBatch(OrgchartTable, table=True):
    __tablename__ = "appointment_batches"

    id: UUID = Field(primary_key=True)
    subject: str
    source: str
    mode: str
    received: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    sha256: str
    issued_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    body: bytes
