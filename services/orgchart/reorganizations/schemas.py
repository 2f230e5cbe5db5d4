"""What a reorganisation is asked for with."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.kit.printable import NAME, PRINTABLE, PROSE
from services.kit.shapes import Listed
from services.kit.spelling import KeptDay, OneSpelling
from services.orgchart.domain import reorganisation as rules
from services.orgchart.domain.kinds import Kind

Code = Annotated[str, Field(max_length=60, pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", examples=["DNPR"])]
Name = Annotated[str, Field(min_length=3, max_length=300, pattern=NAME)]
Numeral = Annotated[str, Field(max_length=40, pattern=r"^[0-9]+(\.[0-9]+)*$")]


# As /provinces names it.
Province = Annotated[str, Field(min_length=1, max_length=100, examples=["Azuay"])]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SuccessorIn(_Strict):
    code: Code
    share: Annotated[Decimal, Field(gt=0, le=1, max_digits=12, decimal_places=10), OneSpelling] = Decimal(1)

    def rule(self) -> rules.Successor:
        return rules.Successor(self.code, self.share)


class RenameIn(_Strict):
    op: Literal["rename"]
    code: Code
    name: Name

    def rule(self) -> rules.Operation:
        return rules.Rename(self.code, self.name)


class MoveIn(_Strict):
    """province: left as it is when none is named."""

    op: Literal["move"]
    code: Code
    parent: Code
    technical_parent: Code | None = None
    province: Province | None = None

    def rule(self) -> rules.Operation:
        return rules.Move(self.code, self.parent, self.technical_parent, self.province)


class RenumberIn(_Strict):
    op: Literal["renumber"]
    code: Code
    numeral: Numeral | None

    def rule(self) -> rules.Operation:
        return rules.Renumber(self.code, self.numeral)


class CreateIn(_Strict):
    """province: when none is named, that of where it hangs, or else of all whom it takes over from in this act."""

    op: Literal["create"]
    code: Code
    name: Name
    kind: Kind
    parent: Code
    numeral: Numeral | None = None
    responsible_post: Annotated[str, Field(max_length=300, pattern=PRINTABLE)] | None = None
    technical_parent: Code | None = None
    province: Province | None = None

    def rule(self) -> rules.Operation:
        return rules.Create(
            self.code, self.name, self.kind, self.parent, self.numeral, self.responsible_post, self.technical_parent,
            self.province,
        )  # fmt: skip


class MergeIn(_Strict):
    op: Literal["merge"]
    sources: Annotated[list[Code], Field(min_length=1, max_length=100)]
    into: Code

    def rule(self) -> rules.Operation:
        return rules.Merge(tuple(self.sources), self.into)


class SplitIn(_Strict):
    op: Literal["split"]
    code: Code
    into: Annotated[list[SuccessorIn], Field(min_length=2, max_length=100)]

    def rule(self) -> rules.Operation:
        return rules.Split(self.code, tuple(successor.rule() for successor in self.into))


class DissolveIn(_Strict):
    op: Literal["dissolve"]
    code: Code
    successors: Annotated[list[SuccessorIn], Field(max_length=100)] = []

    def rule(self) -> rules.Operation:
        return rules.Dissolve(self.code, tuple(successor.rule() for successor in self.successors))


class ChangeLevelIn(_Strict):
    """dependencia: the Dirección Provincial, e.g. DP-NAPO."""

    op: Literal["change_level"]
    dependencia: Code
    level: Literal[1, 2]

    def rule(self) -> rules.Operation:
        return rules.ChangeLevel(self.dependencia, self.level)


OperationIn = Annotated[
    RenameIn | MoveIn | RenumberIn | CreateIn | MergeIn | SplitIn | DissolveIn | ChangeLevelIn,
    Field(discriminator="op"),
]


class ReorganizationIn(_Strict):
    """operations are applied in order, all on `effective_on`, under one resolution."""

    resolution: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE, examples=["C.D. 700"])]
    resolution_date: KeptDay | None = None
    provision: Annotated[str, Field(max_length=300, pattern=PROSE)] | None = None
    effective_on: KeptDay
    reason: Annotated[str, Field(max_length=2000, pattern=PROSE)] | None = None
    operations: Annotated[list[OperationIn], Field(min_length=1, max_length=500)]

    def act(self) -> rules.Act:
        return rules.Act(self.resolution, self.provision, self.effective_on)

    def rules(self) -> list[rules.Operation]:
        return [operation.rule() for operation in self.operations]


class ServiceAcknowledgement(BaseModel):
    service: str
    acknowledged: bool
    acknowledged_at: datetime | None


class ReorganizationOut(BaseModel):
    """status: `previewed`, `propagating` until every service has acknowledged, `complete`, `undone`."""

    id: str | None
    resolution: str
    resolution_date: date | None
    provision: str | None
    effective_on: date
    reason: str | None
    operations: list[dict[str, Any]]
    impact: dict[str, Any]
    status: str
    services: list[ServiceAcknowledgement]
    applied_at: datetime | None
    applied_by: str | None
    undone_at: datetime | None


class ReorganizationPage(Listed[ReorganizationOut]):
    pass


class SuccessionOut(BaseModel):
    predecessor: str
    successor: str
    share: str
    effective_on: date
    reorganization_id: str


class SuccessionPage(Listed[SuccessionOut]):
    pass
