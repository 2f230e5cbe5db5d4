"""Shapes of `data/indicators/*.jsonl`; decimals stay text until PostgreSQL reads them."""

from typing import Any

import msgspec

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.domain.rollup import OrgAggregation, TimeAggregation
from services.indicators.domain.targets import TargetKind


class IndicatorRecord(msgspec.Struct, forbid_unknown_fields=True):
    """A technical sheet."""

    code: str
    name: str
    aliases: list[str]
    description: str | None
    formula: str | None
    unit: str | None
    frequency: Frequency | None
    direction: Direction
    time_aggregation: TimeAggregation
    org_aggregation: OrgAggregation
    hierarchy: str | None
    source_text: str | None
    tolerance: str | None
    zero_policy: str | None
    evidence_required: bool
    succeeds: list[str]
    warnings: list[str]
    source: dict[str, Any]


class BaselineRecord(msgspec.Struct):
    """Where an assignment starts from; value None when the source gives a note only."""

    value: str | None
    period: str | None
    kind: str
    text: str


class TargetRecord(msgspec.Struct):
    """One target, held in every period of the assignment's frequency."""

    kind: TargetKind
    value: str | None


class FeedRuleRecord(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of a source feeds an assignment, as `PATCH /assignments/{code}` takes it."""

    companies: list[str] | None = None
    groups: list[str] | None = None
    reliability_of: str | None = None
    reforms_of: str | None = None


class AssignmentRecord(msgspec.Struct, forbid_unknown_fields=True):
    """An indicator that a dependencia answers for under a plan."""

    code: str
    plan: str
    dependencia: str
    indicator: str
    level: str
    number: int | None
    section: str | None
    statement: str
    statement_printed: str
    objective: str | None
    objective_text: str | None
    objective_reliability: str | None
    frequency: Frequency
    unit: str | None
    direction: Direction
    baseline: BaselineRecord | None
    target: TargetRecord
    target_periods: str
    target_text: str | None
    responsible: dict[str, Any] | None
    feed_source: str
    warnings: list[str]
    notes: list[str]
    source: dict[str, Any]
    feed_rule: FeedRuleRecord | None = None
