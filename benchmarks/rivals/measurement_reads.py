"""The textbook way to read measurements: ORM rows with eager relationships, rules in Python, `response_model`."""

import os
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, MetaData, Numeric
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import QueryableAttribute, selectinload
from sqlmodel import Field, Relationship, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

# No `from __future__ import annotations` here: relationships are resolved from real classes.
engine = create_async_engine(os.environ["RIVAL_DATABASE_URL"])
_EDGE = Decimal("0.0001")
_BANDS = ((Decimal(115), "over"), (Decimal(85), "green"), (Decimal(70), "amber"), (Decimal(0), "red"))


class Rival(SQLModel):
    metadata = MetaData(schema="indicators")


class OrgUnit(Rival, table=True):
    __tablename__ = "org_units"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str


class Indicator(Rival, table=True):
    __tablename__ = "indicators"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str
    name: str


class Assignment(Rival, table=True):
    __tablename__ = "assignments"

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="indicators.org_units.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str
    plan: str
    objective: str | None
    indicator_id: int = Field(sa_type=BigInteger, foreign_key="indicators.indicators.id")
    frequency: str
    unit: str | None
    direction: str
    weight: Decimal = Field(sa_column=Column(Numeric))
    indicator: Indicator = Relationship()
    dependencia: OrgUnit = Relationship()
    targets: list["Target"] = Relationship(back_populates="assignment")
    measurements: list["Measurement"] = Relationship(back_populates="assignment")


class Target(Rival, table=True):
    __tablename__ = "targets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dependencia_id", "assignment_id"], ["indicators.assignments.dependencia_id", "indicators.assignments.id"]
        ),
    )

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger)
    assignment_id: int = Field(primary_key=True, sa_type=BigInteger)
    period: str = Field(primary_key=True)
    level: Decimal | None = Field(sa_column=Column(Numeric))
    assignment: Assignment = Relationship(back_populates="targets")


class Measurement(Rival, table=True):
    __tablename__ = "measurements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dependencia_id", "assignment_id"], ["indicators.assignments.dependencia_id", "indicators.assignments.id"]
        ),
    )

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger)
    assignment_id: int = Field(primary_key=True, sa_type=BigInteger)
    period: str = Field(primary_key=True)
    version: int
    value: Decimal = Field(sa_column=Column(Numeric))
    numerator: Decimal | None = Field(sa_column=Column(Numeric))
    denominator: Decimal | None = Field(sa_column=Column(Numeric))
    note: str | None
    review: str
    source: str
    submitted_by: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True)))
    assignment: Assignment = Relationship(back_populates="measurements")


class CalendarPeriod(Rival, table=True):
    __tablename__ = "calendar_periods"

    plan: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    period: str = Field(primary_key=True)
    frequency: str
    first_day: date
    last_day: date
    due_on: date


class MeasurementOut(SQLModel):
    assignment: str
    dependencia: str
    plan: str
    indicator: str
    period: str
    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    unit: str | None
    target: Decimal | None
    state: str
    review: str
    achievement: Decimal | None
    achievement_capped: Decimal | None
    traffic_light: str | None
    source: str
    note: str | None
    submitted_by: str
    recorded_at: datetime
    version: int


class Page(SQLModel):
    items: list[MeasurementOut]


class CardItem(SQLModel):
    assignment: str
    indicator: str
    name: str
    target: Decimal | None
    value: Decimal | None
    achievement: Decimal | None
    achievement_capped: Decimal | None
    traffic_light: str | None
    state: str


class CardOut(SQLModel):
    dependencia: str
    plan: str
    period: str
    summary: dict[str, int]
    score: Decimal | None
    coverage: Decimal | None
    indicators: list[CardItem]


async def session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine) as opened:
        yield opened


def loaded(attribute: object) -> QueryableAttribute[Any]:
    """A relationship as SQLAlchemy has it; for the type checker it is an instance of what it leads to."""
    if not isinstance(attribute, QueryableAttribute):
        raise TypeError(attribute)
    return attribute


Reads = Annotated[AsyncSession, Depends(session)]
app = FastAPI()


def achievement(direction: str, value: Decimal, target: Decimal) -> Decimal:
    if direction == "down":
        return Decimal(100) if value <= 0 else 100 * target / value
    return 100 * value / target if target else Decimal(0)


def rounded(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else percent.quantize(_EDGE, ROUND_HALF_UP)


def light(percent: Decimal) -> str:
    return next(name for low, name in _BANDS if percent >= low)


@app.get("/api/v1/measurements", response_model=Page)
async def list_measurements(session: Reads, plan: str, dependencia: str, limit: int = 100) -> Page:
    statement = (
        select(Measurement)
        .join(Assignment)
        .join(OrgUnit)
        .where(Assignment.plan == plan, OrgUnit.code == dependencia)
        .order_by(Assignment.code, Measurement.period)
        .limit(limit)
        .options(
            selectinload(loaded(Measurement.assignment)).selectinload(loaded(Assignment.indicator)),
            selectinload(loaded(Measurement.assignment)).selectinload(loaded(Assignment.dependencia)),
            selectinload(loaded(Measurement.assignment)).selectinload(loaded(Assignment.targets)),
        )
    )
    items = []
    for found in (await session.exec(statement)).all():
        owner = found.assignment
        target = next((t.level for t in owner.targets if t.period == found.period), None)
        percent = None if target is None else achievement(owner.direction, found.value, target)
        items.append(
            MeasurementOut(
                **found.model_dump(exclude={"assignment"}),
                assignment=owner.code,
                dependencia=owner.dependencia.code,
                plan=owner.plan,
                indicator=owner.indicator.code,
                unit=owner.unit,
                target=target,
                state="reported",
                achievement=rounded(percent),
                achievement_capped=rounded(None if percent is None else min(percent, Decimal(100))),
                traffic_light=None if percent is None else light(percent),
            )
        )
    return Page(items=items)


@app.get("/api/v1/scorecards/{dependencia}", response_model=CardOut)
async def read_scorecard(session: Reads, dependencia: str, plan: str, period: str) -> CardOut:
    unit = (await session.exec(select(OrgUnit).where(OrgUnit.code == dependencia))).first()
    days = (
        await session.exec(select(CalendarPeriod).where(CalendarPeriod.plan == plan, CalendarPeriod.period == period))
    ).first()
    if unit is None or days is None:
        raise HTTPException(404)
    statement = (
        select(Assignment)
        .where(Assignment.dependencia_id == unit.id, Assignment.plan == plan)
        .order_by(Assignment.code)
        .options(
            selectinload(loaded(Assignment.indicator)),
            selectinload(loaded(Assignment.targets).and_(col(Target.period) == period)),
            selectinload(loaded(Assignment.measurements).and_(col(Measurement.period) == period)),
        )
    )
    items: list[CardItem] = []
    summary: dict[str, int] = {}
    objectives: dict[str | None, list[tuple[Decimal, Decimal]]] = {}
    expected = reported = Decimal(0)
    for owner in (await session.exec(statement)).all():
        found = next(iter(owner.measurements), None)
        target = next((t.level for t in owner.targets), None)
        state = "reported" if found else "missing" if days.due_on < date.today() else "not_due"  # noqa: DTZ011 — the textbook does not think of zones
        percent = achievement(owner.direction, found.value, target) if found and target is not None else None
        colour = None if percent is None else light(percent)
        for key in (state, colour):
            if key is not None:
                summary[key] = summary.get(key, 0) + 1
        expected += owner.weight
        if percent is not None:
            reported += owner.weight
            objectives.setdefault(owner.objective, []).append((owner.weight, min(percent, Decimal(100))))
        items.append(
            CardItem(
                assignment=owner.code,
                indicator=owner.indicator.code,
                name=owner.indicator.name,
                target=target,
                value=None if found is None else found.value,
                achievement=rounded(percent),
                achievement_capped=rounded(None if percent is None else min(percent, Decimal(100))),
                traffic_light=colour,
                state=state,
            )
        )
    zero = Decimal(0)
    scores = [sum((w * p for w, p in parts), zero) / sum((w for w, _ in parts), zero) for parts in objectives.values()]
    return CardOut(
        dependencia=dependencia,
        plan=plan,
        period=period,
        summary=summary,
        score=rounded(sum(scores, zero) / len(scores)) if scores else None,
        coverage=rounded(reported / expected) if expected else None,
        indicators=items,
    )
