"""The procurement plan and the execution of the budget."""

from __future__ import annotations

from typing import Any, Final

from tests.writes.example import Call, example, rows
from tests.writes.world import OFFICE, OWNER, SYSTEMS, Writers

FINANCE: Final = SYSTEMS["budget"]
TAKEN_BACK: Final = {
    "budget_execution": "rows are tried under a savepoint, which has a number of its own",
    "budget_execution_revisions": "like the rows that they replace",
}
LINE: Final[dict[str, Any]] = {
    "dependencia": "DNTI",
    "year": 2026,
    "company": "201",
    "procedure_type": "Subasta inversa electrónica",
    "description": "Renovación de equipos de red",
    "amount": "125000.50",
    "quarter": 2,
}


async def line(writers: Writers) -> int:
    return int((await writers.post(OWNER, "/pac-lines", LINE))["id"])


async def change_of_a_line(writers: Writers) -> dict[str, Any]:
    return {
        "kind": "change",
        "line": await line(writers),
        "justification": "Cambió el presupuesto referencial",
        "requested_on": str(writers.today),
        "changes": {"amount": "99.90"},
    }


@example("POST /api/v1/pac-lines", "pac-line.created")
async def adds_a_line(_: Writers) -> Call:
    audit, other = rows("pac-line.created {id}"), {**LINE, "quarter": 3}
    return Call(OWNER, "/api/v1/pac-lines", LINE, audit, place="DNTI", other=other)


@example("PATCH /api/v1/pac-lines/{number}", "pac-line.published")
async def publishes_a_line(writers: Writers) -> Call:
    number = await line(writers)
    body = {"ocid": f"ocds-5wno2w-SIE-IESS-2026-{number}"}
    return Call(OWNER, f"/api/v1/pac-lines/{number}", body, rows(f"pac-line.published {number}"), place="DNTI")


@example("POST /api/v1/pac-reforms", "pac-reform.requested")
async def asks_for_a_pac_reform(writers: Writers) -> Call:
    body = await change_of_a_line(writers)
    audit, other = rows("pac-reform.requested {id}"), {**body, "changes": {"amount": "1"}}
    return Call(OWNER, "/api/v1/pac-reforms", body, audit, place="DNTI", other=other)


@example("POST /api/v1/pac-reforms/{number}/answer", "pac-reform.answered")
async def accepts_a_pac_reform(writers: Writers) -> Call:
    number = (await writers.post(OWNER, "/pac-reforms", await change_of_a_line(writers)))["id"]
    body = {"answer": "accepted", "answered_on": str(writers.today)}
    path, audit = f"/api/v1/pac-reforms/{number}/answer", rows(f"pac-reform.answered {number}")
    return Call(OFFICE, path, body, audit, place="DNTI", other={**body, "answer": "rejected"})


@example("POST /api/v1/budget-execution-batches", "budget-execution.received", savepoint=TAKEN_BACK)
async def pushes_the_budget(_: Writers) -> Call:
    row = {
        "year": 2025, "month": 1, "company": "215", "printed_code": "215", "printed_name": "Fondo Salud",
        "group": None, "current": "2176439547.00", "accrued": "84730237.92", "printed_percent": "3.89",
    }  # fmt: skip
    audit = rows("budget-execution.received {batch_id}")
    other = {"source": "finanzas", "rows": [{**row, "month": 2}]}
    return Call(FINANCE, "/api/v1/budget-execution-batches", {"source": "finanzas", "rows": [row]}, audit, other=other)
