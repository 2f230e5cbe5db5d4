"""Refused writes, in the trail of the service that refused them: who, for whom, what, where, in which request, why.

One row for each request. A refusal that a feature has put into the trail itself, in the transaction of its receipt, is
not told twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from starlette.types import Scope

from services.kit.access import READS, Admission, Caller
from services.kit.auditing import Note, acting_for
from services.kit.clock import Clock
from services.kit.collecting import AT_MOST, REFUSAL, UNREACHABLE, Collector
from services.kit.database import Connection, Database
from services.kit.problems import Problem
from services.kit.writing import Audit

_BASE: Final = "/api/v1/"
# What an address may be told of: codes, numbers of periods, identifiers. Anything longer may be what somebody typed
# into the wrong place, and a run of nine digits may be the number of a person.
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN: Final = re.compile(r"(?!.*[0-9]{9})[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
# Members of bodies and parameters whose value is, or holds, the code of a dependencia.
_PLACES: Final = ("dependencia", "assignment", "parent")


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused write. target: method and address; place: the dependencia it was about, where its feature says so;
    unit: id of the one that was judged; named: what may be the code of one, the likeliest last; faults: codes of what
    was wrong, as the answer named them."""

    caller: Caller
    permissions: frozenset[str]
    target: str
    status: int
    reason: str | None
    faults: tuple[str, ...]
    request_id: str
    place: str | None
    unit: int | None
    named: tuple[str, ...]


class TurnedAway(Collector[list[Refused]]):
    """Collects refused writes, each a row of its own."""

    def __init__(self, database: Database, schema: str, clock: Clock) -> None:
        super().__init__(database, schema, clock, [])

    def note(self, refused: Refused) -> None:
        if len(self._pending) < AT_MOST:
            self._pending.append(refused)
        else:
            self._dropped += 1

    def holds(self, request_id: str) -> bool:
        """Whether the refusal of this request waits to be written: asked right after it."""
        return bool(self._pending) and self._pending[-1].request_id == request_id

    def _nothing(self) -> list[Refused]:
        return []

    def _wait_with(self, pending: list[Refused]) -> None:
        newer, self._pending = self._pending, pending
        for refused in newer:
            self.note(refused)

    async def _rows(self, connection: Connection, pending: list[Refused]) -> list[Audit]:
        places = await self._places(connection, pending)
        rows = []
        for one, dependencia in zip(pending, places, strict=True):
            note = Note(one.caller, None, {}, None, one.permissions)
            detail: dict[str, Any] = {"status": one.status, **({"faults": list(one.faults)} if one.faults else {})}
            rows.append(
                Audit(
                    one.caller.subject,
                    REFUSAL,
                    one.target,
                    dependencia=dependencia,
                    acting_for=await acting_for(connection, self._schema, note, dependencia),
                    request_id=one.request_id,
                    reason=one.reason,
                    outcome="refused",
                    detail=detail,
                )
            )
        return rows

    async def _places(self, connection: Connection, pending: list[Refused]) -> list[str | None]:
        """Where each was refused: the dependencia that was judged, else the one that the request names."""
        unsaid = [one for one in pending if one.place is None]
        units = {one.unit for one in unsaid if one.unit is not None}
        named = {name for one in unsaid if one.unit is None for name in one.named}
        if not units and not named:
            return [one.place for one in pending]
        table = "orgchart.dependencias" if self._schema == "orgchart" else f"{self._schema}.org_units"
        found = await connection.fetch(
            f"SELECT id, code FROM {table} WHERE id = ANY($1::bigint[]) OR code = ANY($2::text[])",
            list(units),
            list(named),
        )
        codes = {row["id"]: row["code"] for row in found}
        known = set(codes.values())
        return [
            one.place
            or (
                codes.get(one.unit)
                if one.unit is not None
                else next((name for name in reversed(one.named) if name in known), None)
            )
            for one in pending
        ]


async def refused_write(scope: Scope, status: int) -> Refused | None:
    """What a refused request leaves in the trail; None for reads, for nobody in particular, and for what is there."""
    state = scope["state"]
    if scope["method"] in READS or not 400 <= status < 500 or not scope["path"].startswith(_BASE):
        return None
    if state.get("refusal_sealed", False) or state.get("is_repetition", False):
        return None
    admission: Admission | None = state.get("admission")
    caller = admission.caller if admission is not None else await _caller(scope)
    if caller is None:
        return None
    problem: Problem | None = state.get("problem")
    return Refused(
        caller,
        admission.permissions if admission is not None else frozenset(),
        f"{scope['method']} {_told(scope['path'])}",
        status,
        problem.code if problem is not None else None,
        tuple(sorted({fault.code for fault in problem.errors})) if problem is not None else (),
        state["request_id"],
        state.get("place"),
        state.get("judged"),
        tuple(_named(scope)),
    )


async def _caller(scope: Scope) -> Caller | None:
    """Of a request that was refused before its route asked who makes it; None where that cannot be known now."""
    try:
        caller: Caller = await scope["app"].state.authenticate(Request(scope))
    except (Problem, *UNREACHABLE):
        return None
    return caller


def _told(path: str) -> str:
    return "/".join(
        part if _UUID.fullmatch(part) or _PLAIN.fullmatch(part) else "…" for part in path.removeprefix(_BASE).split("/")
    )


def _named(scope: Scope) -> Iterator[str]:
    """What may be the code of a dependencia: `POA-2019.DP-AZUAY.014` names one in its middle."""
    texts = scope["path"].removeprefix(_BASE).split("/")
    request = Request(scope)
    texts += [value for name in _PLACES for value in request.query_params.getlist(name)]
    asked = scope["state"].get("document")
    if isinstance(asked, Mapping):
        texts += [value for name in _PLACES if isinstance(value := asked.get(name), str)]
    for text in texts:
        yield from (part for part in text.split(".") if _PLAIN.fullmatch(part))
