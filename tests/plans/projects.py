"""A project to test with, and who reports, approves and moves it."""

from __future__ import annotations

from typing import Any

from tests.plans.harness import Plans, grant
from tests.plans.test_workflow import ACT, authority, make_draft, move, office, owner

PROJECT: dict[str, Any] = {
    "plan": "POA-2026", "kind": "project", "name": "Tablero institucional", "dependencia": "DNTI",
    "owners": ["DNTI", "DNPL"], "code": "C030", "start_date": "2026-01-01", "end_date": "2026-12-31",
    "components": ["Producto 1", "Producto 2"],
}  # fmt: skip
ID = "POA-2026.DNTI.P01"


def reporter(plans: Plans) -> Plans:
    return plans.by(grant("plan:read project:read project:report", "DNTI"), subject="reporta")


def titular(plans: Plans, subject: str = "titular.dnti") -> Plans:
    return plans.by(grant("plan:read project:read project:approve project:report", "DNTI"), subject=subject)


async def make_project(plans: Plans, *, draft: bool = False, **changes: Any) -> Any:
    """A project of a POA that is approved, unless the test is about its draft."""
    await make_draft(plans)
    both = plans.by(grant("plan:read plan:write plan:submit project:read"), subject="titular")
    made = await both.post("/projects", {**PROJECT, **changes})
    if not draft:
        for who, to, rest in (
            (owner(plans), "submitted", {}),
            (office(plans), "validated", {}),
            (authority(plans), "approved", {"act": ACT}),
        ):
            status, answer = await move(who, to, **rest)
            assert status == 200, answer
    return made


async def enter(plans: Plans, *phases: str, on: str | None = None) -> Any:
    answer = None
    for phase in phases:
        body = {"to": phase, "reason": "Así se resolvió", "effective_on": on}
        answer = await titular(plans).call("POST", f"/projects/{ID}/transitions", body)
        assert answer.status_code == 200, answer.text
    return answer.json() if answer else None
