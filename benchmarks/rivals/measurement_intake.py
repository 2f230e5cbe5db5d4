"""The textbook way to take a batch: pydantic rows, one SELECT for the assignments, `add_all`, `response_model`."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Numeric
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine(os.environ["RIVAL_DATABASE_URL"])


class Rival(SQLModel):
    metadata = MetaData()


class Assignment(Rival, table=True):
    __tablename__ = "assignments"
    __table_args__ = ({"schema": "indicators"},)

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger)
    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str


class RivalMeasurement(Rival, table=True):
    __tablename__ = "rival_measurements"
    __table_args__ = ({"schema": "bench"},)

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger)
    assignment_id: int = Field(primary_key=True, sa_type=BigInteger)
    period: str = Field(primary_key=True)
    value: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    numerator: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    denominator: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    note: str | None = None
    source: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class RowIn(SQLModel):
    assignment: str
    period: str = Field(regex=r"^[0-9]{4}-[0-9]{2}$")
    value: Decimal
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    note: str | None = None


class BatchIn(SQLModel):
    source: str
    rows: list[RowIn]


class RowOut(SQLModel):
    index: int
    outcome: str


class BatchOut(SQLModel):
    received: int
    rows: list[RowOut]


async def session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine) as opened:
        yield opened


app = FastAPI()


@app.post("/measurement-batches", status_code=201, response_model=BatchOut)
async def push(batch: BatchIn, session: Annotated[AsyncSession, Depends(session)]) -> BatchOut:
    wanted = {row.assignment for row in batch.rows}
    found = await session.exec(select(Assignment).where(col(Assignment.code).in_(wanted)))
    assignments = {assignment.code: assignment for assignment in found}
    if wanted - assignments.keys():
        raise HTTPException(422, "unknown assignment")
    now = datetime.now(UTC)
    rows = [
        RivalMeasurement(
            dependencia_id=assignments[row.assignment].dependencia_id,
            assignment_id=assignments[row.assignment].id,
            period=row.period,
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            note=row.note,
            source=batch.source,
            recorded_at=now,
        )
        for row in batch.rows
    ]
    session.add_all(rows)
    await session.commit()
    return BatchOut(
        received=len(rows), rows=[RowOut(index=index, outcome="created") for index, _ in enumerate(rows[:1000])]
    )
