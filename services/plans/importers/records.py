"""Shape of data/plans/*.jsonl, one struct per file; what msgspec refuses names its line."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

Level = Literal["N1", "N2", "N3", "N4"]
Number = Annotated[int, msgspec.Meta(ge=1)]
DecimalText = Annotated[str, msgspec.Meta(pattern=r"^-?\d+(\.\d+)?$")]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Record(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    warnings: list[str]
    notes: list[str] = []
    source: dict[str, Any] | None = None


class ApprovalRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    body: str | None
    act: str | None
    date: date | None


class PlanRecord(Record, frozen=True, kw_only=True):
    code: Text
    kind: Literal["pei", "poa", "pac"]
    title: Text
    dependencia: Text
    parent: str | None
    period_from: date
    period_to: date
    status: Text
    version: Number
    approval: ApprovalRecord


class SectionRecord(Record, frozen=True, kw_only=True):
    plan: Text
    number: Text
    dependencia: Text
    title: Text
    line: Number
    counts: dict[str, int]


class ObjectiveRecord(Record, frozen=True, kw_only=True):
    code: Text
    plan: Text
    dependencia: Text
    level: Level
    number: Number
    statement: Text
    section: str | None
    unit_printed: str | None
    axis: dict[str, Any] | None


class StrategyRecord(Record, frozen=True, kw_only=True):
    code: Text
    plan: Text
    objective: Text
    text: Text
    in_pei: bool


class AlignmentRecord(Record, frozen=True, kw_only=True):
    plan: Text
    from_: str = msgspec.field(name="from")
    to: Text
    kind: Literal["objective", "strategy"]
    basis: Literal["section", "structure"]
    number: int | None
    text: str | None
    number_by_text: int | None


class ComponentRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    number: Number
    text: Text


class ProjectRecord(Record, frozen=True, kw_only=True):
    id: Text
    plan: Text
    dependencia: Text
    section: str | None
    kind: Literal["project", "action_plan"]
    code: str | None
    code_printed: str | None
    number: int | None
    name: Text
    owners: Annotated[list[str], msgspec.Meta(min_length=1)]
    owners_printed: str | None
    progress_percent: DecimalText | None
    phase: str | None
    phase_printed: str | None
    end_date: date | None
    carried_over: bool
    components: list[ComponentRecord]
    cut_off: date | None


class VerbRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    verb: Text
    valid_from: date
    source: Text


class PacPolicyRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    code: Text
    version: Number
    deadline_business_days: Number
    valid_from: date
    reason: Text


class StepRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    to: Text
    needs_reason: bool


class PhaseRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    code: Text
    label: Text
    order: Number
    is_final: bool
    stops_clock: bool
    next: list[StepRecord]


class ProjectPolicyRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    code: Text
    version: Number
    amber_points: DecimalText
    red_points: DecimalText
    valid_from: date
    reason: Text


class BudgetRecord(Record, frozen=True, kw_only=True):
    year: Number
    month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    company: Text
    printed_code: Text
    printed_name: Text
    group: str | None
    current: DecimalText
    accrued: DecimalText
    printed_percent: DecimalText | None
