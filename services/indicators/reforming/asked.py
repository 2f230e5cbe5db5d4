"""What an approved reform asks of targets, as the plans service's feed says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

APPROVED = "plan.reform-approved"


class AskedTarget(msgspec.Struct, frozen=True):
    """One `change_target`. operation: its place in the reform; kind: null keeps the kind the target has."""

    assignment: str
    period: str
    value: str
    kind: str | None = None
    value_to: str | None = None
    operation: int | None = None


class _Data(msgspec.Struct, frozen=True):
    reform: int
    targets: list[AskedTarget] = []
    cause: str | None = None
    act: dict[str, Any] | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class AskedReform:
    """An approved reform with the targets it changes, by their operation."""

    plan: str
    number: int
    cause: str | None
    act: Mapping[str, Any] | None
    approved_by: str | None
    targets: Mapping[int, AskedTarget]

    @property
    def reason(self) -> str:
        """Why a target is what it is, as a person reads it."""
        act = f", {self.act['number']} del {self.act['date']}" if self.act else ""
        return f"Reforma {self.number} de {self.plan}{act}"


def asked_by(event: Mapping[str, Any]) -> AskedReform | None:
    """The reform of a feed event; None when the event changes no target. Raises msgspec.ValidationError."""
    if event["type"] != APPROVED:
        return None
    data = msgspec.convert(event["data"], type=_Data)
    # Events written before operations were numbered name their targets in order.
    targets = {index if t.operation is None else t.operation: t for index, t in enumerate(data.targets)}
    if not targets:
        return None
    return AskedReform(event["subject"], data.reform, data.cause, data.act, data.approved_by, targets)
