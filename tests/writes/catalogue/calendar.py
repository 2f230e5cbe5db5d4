"""Deadlines and what is excused from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tests.writes.catalogue.indicators import assignment
from tests.writes.example import Call, example, rows
from tests.writes.world import OFFICE, Writers

RULE: Final = {"opens_after_days": 1, "due_business_day": 5, "lock_business_day": None}


def exception(writers: Writers) -> dict[str, Any]:
    return {
        "dependencia": "DP-AZUAY",
        "plan": "POA-2019",
        "period": "2019-01",
        "assignment": None,
        "reason": "Sistema caído",
        "expires_at": f"{writers.today + timedelta(days=30)}T00:00:00Z",
    }


@example("POST /api/v1/calendar", "calendar.changed")
async def replaces_a_calendar(_: Writers) -> Call:
    body = {
        "plan": "POA-2027",
        "first_year": 2027,
        "last_year": 2027,
        "rules": {"monthly": RULE},
        "reason": "Año nuevo",
    }
    audit, other = rows("calendar.replace calendar/POA-2027"), {**body, "reason": "Otra razón"}
    return Call(OFFICE, "/api/v1/calendar", body, audit, other=other)


@example("POST /api/v1/lock-exceptions", "calendar.changed")
async def opens_a_locked_period(writers: Writers) -> Call:
    body = exception(writers)
    audit, other = rows("lock-exception.grant lock-exceptions/{id}"), {**body, "reason": "Otra razón"}
    return Call(OFFICE, "/api/v1/lock-exceptions", body, audit, place="DP-AZUAY", other=other)


@example("DELETE /api/v1/lock-exceptions/{number}", "calendar.changed")
async def ends_an_exception(writers: Writers) -> Call:
    number = (await writers.post(OFFICE, "/lock-exceptions", exception(writers)))["id"]
    audit = rows(f"lock-exception.end lock-exceptions/{number}")
    return Call(OFFICE, f"/api/v1/lock-exceptions/{number}", audit=audit, place="DP-AZUAY")


@example("POST /api/v1/calendar/exemptions", "calendar.changed")
async def exempts_a_cell(writers: Writers) -> Call:
    code = await assignment(writers)
    body = {"assignment": code, "period": "2019-03", "reason": "Sin operación"}
    audit, other = rows(f"exemption.grant measurements/{code}/2019-03"), {**body, "reason": "Otra razón"}
    return Call(OFFICE, "/api/v1/calendar/exemptions", body, audit, place="DP-AZUAY", other=other)


@example("DELETE /api/v1/calendar/exemptions/{assignment}/{period}", "calendar.changed")
async def ends_an_exemption(writers: Writers) -> Call:
    code = await assignment(writers)
    await writers.post(OFFICE, "/calendar/exemptions", {"assignment": code, "period": "2019-03", "reason": "Sin datos"})
    audit = rows(f"exemption.end measurements/{code}/2019-03")
    return Call(OFFICE, f"/api/v1/calendar/exemptions/{code}/2019-03", audit=audit, place="DP-AZUAY")
