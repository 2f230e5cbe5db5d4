"""Measurements and their review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tests.writes.catalogue.indicators import assignment
from tests.writes.catalogue.own_account import active
from tests.writes.example import Call, example, rows
from tests.writes.world import OWNER, REPORTER, SYSTEMS, Writers

SYSTEM: Final = SYSTEMS["measurements"]


def batch(code: str, value: str = "94.50") -> dict[str, Any]:
    return {"source": SYSTEM, "rows": [{"assignment": code, "period": "2019-01", "value": value}]}


@example("POST /api/v1/measurement-batches", "measurements.recorded")
async def pushes_measurements(writers: Writers) -> Call:
    code = await assignment(writers)
    audit, other = rows("measurement-batch.receive measurement-batches/{batch_id}"), batch(code, "7")
    return Call(SYSTEM, "/api/v1/measurement-batches", batch(code), audit, other=other)


@example("POST /api/v1/measurement-batches", "measurements.recorded")
async def reports_in_somebodys_place(writers: Writers) -> Call:
    code = await assignment(writers)
    audit, other = rows("measurement-batch.receive measurement-batches/{batch_id}"), batch(code, "7")
    return Call(REPORTER, "/api/v1/measurement-batches", batch(code), audit, other=other)


@example("POST /api/v1/measurement-batches", "measurements.recorded")
async def reports_by_a_delegation(writers: Writers) -> Call:
    code, name, holder = await assignment(writers), await active(writers), f"{REPORTER}.titular"
    until = str(writers.today + timedelta(days=10))
    delegation = {"subject": name, "role": "reporter", "dependencia": "DP-AZUAY", "valid_to": until}
    await writers.post(holder, "/me/delegations", delegation)
    audit, other = rows("measurement-batch.receive measurement-batches/{batch_id}"), batch(code, "7")
    return Call(name, "/api/v1/measurement-batches", batch(code), audit, acting_for=holder, other=other)


@example("POST /api/v1/reviews", "measurements.reviewed")
async def approves_measurements(writers: Writers) -> Call:
    code = await assignment(writers)
    await writers.post(SYSTEM, "/measurement-batches", batch(code))
    body = {"action": "approve", "dependencia": "DP-AZUAY", "period": "2019-01", "assignments": [code]}
    audit, other = rows("review.approve measurements/DP-AZUAY/2019-01"), {**body, "action": "submit"}
    return Call(OWNER, "/api/v1/reviews", body, audit, place="DP-AZUAY", other=other)
