"""Applying an approved reform's targets: each one a new version with the reform as its reason, or a refusal to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from services.indicators.filters import SCHEMA
from services.indicators.locking import lock_dependencias
from services.indicators.reforming.asked import AskedReform, AskedTarget
from services.indicators.reforming.judging import AcceptedTarget, RefusedTarget, judged
from services.indicators.reforming.statements import ASSIGNMENTS, DONE, KEEP, NOTE, REACHED, SET
from services.indicators.targets.setting import level_asked
from services.kit.database import Connection
from services.kit.writing import Audit, Event, seal

PEER = "plans"
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one asked target. assignment: its row, None when there is none."""

    operation: int
    asked: AskedTarget
    assignment: asyncpg.Record | None
    result: AcceptedTarget | RefusedTarget

    @property
    def key(self) -> Key | None:
        """Of the target to set."""
        if self.assignment is None or isinstance(self.result, RefusedTarget):
            return None
        return self.assignment["dependencia_id"], self.assignment["id"], self.result.period.code


async def apply_reform(connection: Connection, reform: AskedReform, now: datetime) -> int:
    """Set every target that can be set, note every one that cannot. Returns how many were set; 0 when done before."""
    if await connection.fetchval(DONE, reform.plan, reform.number):
        return 0
    codes = sorted({asked.assignment for asked in reform.targets.values()})
    reached = [row["dependencia_id"] for row in await connection.fetch(REACHED, codes)]
    await lock_dependencias(connection, reached)
    rows = {row["code"]: row for row in await connection.fetch(ASSIGNMENTS, codes)}
    decisions = [_decided(reform, n, asked, rows.get(asked.assignment)) for n, asked in sorted(reform.targets.items())]
    versions = await _set(connection, reform, decisions, now)
    await _note(connection, reform, decisions, versions, now)
    await _announce(connection, reform, decisions, now)
    return len(versions)


def _decided(reform: AskedReform, operation: int, asked: AskedTarget, assignment: asyncpg.Record | None) -> Decision:
    kinds = {} if assignment is None else msgspec.json.decode(assignment["kinds"], type=dict[str, str])
    return Decision(operation, asked, assignment, judged(reform, asked, assignment, kinds))


async def _set(
    connection: Connection, reform: AskedReform, decisions: Sequence[Decision], now: datetime
) -> Mapping[Key, int]:
    """The new versions by target. When a reform names one twice, the last word counts."""
    wanted: dict[Key, tuple[Any, ...]] = {}
    for decision in decisions:
        key = decision.key
        if key is None or decision.assignment is None or isinstance(decision.result, RefusedTarget):
            continue
        body = decision.result.body
        level = level_asked(decision.assignment, body)
        wanted[key] = (body.kind.value, body.value, body.value_to, level, body.value_to if level is not None else None)
    if not wanted:
        return {}
    keys = [list(column) for column in zip(*wanted, strict=True)]
    values = [list(column) for column in zip(*wanted.values(), strict=True)]
    await connection.execute(KEEP, *keys, now)
    rows = await connection.fetch(SET, *keys, *values, now, reform.approved_by or PEER, reform.reason)
    return {(row["dependencia_id"], row["assignment_id"], row["period"]): row["version"] for row in rows}


async def _note(
    connection: Connection,
    reform: AskedReform,
    decisions: Sequence[Decision],
    versions: Mapping[Key, int],
    now: datetime,
) -> None:
    rows = [
        (
            d.operation,
            d.assignment["dependencia_id"] if d.assignment else None,
            d.assignment["id"] if d.assignment else None,
            d.asked.assignment,
            d.key[2] if d.key else d.asked.period,
            msgspec.json.encode(d.asked).decode(),
            *_outcome(d, versions),
        )
        for d in decisions
    ]
    act = None if reform.act is None else msgspec.json.encode(reform.act).decode()
    head = (reform.plan, reform.number, reform.cause, act, reform.approved_by, now)
    await connection.execute(NOTE, *head, *(list(column) for column in zip(*rows, strict=True)))


def _outcome(decision: Decision, versions: Mapping[Key, int]) -> tuple[str, str | None, str | None, int | None]:
    if isinstance(decision.result, RefusedTarget):
        return "refused", decision.result.code, decision.result.detail, None
    key = decision.key
    return "applied", None, None, None if key is None else versions[key]


async def _announce(connection: Connection, reform: AskedReform, decisions: Sequence[Decision], now: datetime) -> None:
    """One event for the reform, one audit row for each of its targets."""
    groups = [
        {"dependencia": d.assignment["dependencia"], "plan": reform.plan, "periods": [d.key[2]]}
        for d in decisions
        if d.key is not None and d.assignment is not None
    ]
    refused = [d.operation for d in decisions if d.key is None]
    data = {"plan": reform.plan, "reform": reform.number, "groups": groups, "refused": refused}
    audit = [
        Audit(
            reform.approved_by or PEER,
            "target.reformed",
            f"targets/{d.asked.assignment}/{d.asked.period}",
            dependencia=d.assignment["dependencia"] if d.assignment else None,
            reason=reform.reason,
            outcome="refused" if d.key is None else "done",
            detail={"plan": reform.plan, "reform": reform.number, "value": d.asked.value},
        )
        for d in decisions
    ]
    event = Event("target.reformed", f"{reform.plan}/reforms/{reform.number}", data)
    await seal(connection, SCHEMA, now=now, events=[event], audit=audit)
