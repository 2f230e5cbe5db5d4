"""Targets."""

from __future__ import annotations

from typing import Final

from tests.writes.catalogue.indicators import assignment
from tests.writes.example import Call, example, rows
from tests.writes.world import OFFICE, Writers

CLOSURE: Final = {"action": "close", "plan": "POA-2019", "dependencias": ["DP-LOJA"], "reason": "Metas aprobadas"}


@example("PUT /api/v1/targets/{assignment}/{period}", "targets.changed")
async def sets_a_target(writers: Writers) -> Call:
    code = await assignment(writers)
    body = {"kind": "level", "value": "50", "reason": "Ajuste de la oficina"}
    path, audit = f"/api/v1/targets/{code}/2019-01", rows(f"target.set targets/{code}/2019-01")
    return Call(OFFICE, path, body, audit, place="DP-AZUAY")


@example("POST /api/v1/targets/closures", "targets.closed")
async def closes_targets(_: Writers) -> Call:
    audit, other = rows("targets.close targets/POA-2019"), {**CLOSURE, "action": "reopen"}
    return Call(OFFICE, "/api/v1/targets/closures", CLOSURE, audit, other=other)
