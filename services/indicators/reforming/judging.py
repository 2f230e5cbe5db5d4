"""Whether a target asked for by a reform can be set, and as what."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
from pydantic import ValidationError

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency, InvalidPeriod, Period, parse_period
from services.indicators.domain.targets import TargetKind
from services.indicators.reforming.asked import AskedReform, AskedTarget
from services.indicators.targets.problems import RangeMismatch, TargetPeriodMismatch
from services.indicators.targets.schemas import TargetBody


@dataclass(frozen=True, slots=True)
class RefusedTarget:
    """Why it cannot be set; codes are those a person would get who set it by hand."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class AcceptedTarget:
    period: Period
    body: TargetBody


def judged(
    reform: AskedReform, asked: AskedTarget, assignment: asyncpg.Record | None, kinds: Mapping[str, str]
) -> AcceptedTarget | RefusedTarget:
    """assignment: its row, None when there is none of this code; kinds: of its targets today, by period."""
    if assignment is None:
        return RefusedTarget("unknown-assignment", f"No existe la asignación «{asked.assignment}».")
    if assignment["plan"] != reform.plan:
        return RefusedTarget("other-plan", f"La asignación es de {assignment['plan']}, no de {reform.plan}.")
    try:
        period = parse_period(asked.period)
    except InvalidPeriod:
        return RefusedTarget("invalid-period", f"«{asked.period}» no es un período.")
    if period.frequency not in (assignment["frequency"], Frequency.ANNUAL):
        return RefusedTarget(TargetPeriodMismatch.code, TargetPeriodMismatch.default_detail)
    if (assignment["direction"] == Direction.RANGE) != (asked.value_to is not None):
        return RefusedTarget(RangeMismatch.code, RangeMismatch.default_detail)
    try:
        body = TargetBody.model_validate(
            {
                "kind": asked.kind or _kept(kinds.get(period.code)),
                "value": asked.value,
                "value_to": asked.value_to,
                "reason": reform.reason,
            }
        )
    except ValidationError as error:
        field = error.errors()[0]["loc"]
        return RefusedTarget("invalid", f"El valor no es válido: {'/'.join(map(str, field)) or asked.value}.")
    return AcceptedTarget(period, body)


def _kept(kind: str | None) -> str:
    """The kind of a number that says none: what it replaces is meant the same way; who reforms decides an ambiguity."""
    return TargetKind.LEVEL if kind in (None, TargetKind.AMBIGUOUS) else TargetKind(kind)
