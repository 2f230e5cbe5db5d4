"""A reorganisation worked out on the organisation as it is: what a preview shows and an application writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from services.kit.problems import FieldError
from services.orgchart.domain.organisation import Unit
from services.orgchart.domain.reorganisation import Outcome, reorganise
from services.orgchart.reorganizations import repository
from services.orgchart.reorganizations.impact import Hanging, appointments_on, hanging_on, impact_document
from services.orgchart.reorganizations.problems import PendingUnknown, ReorganizationRefused
from services.orgchart.reorganizations.schemas import ReorganizationIn


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reorganisation worked out on the organisation as it is, not yet written."""

    before: Mapping[str, Unit]
    outcome: Outcome
    impact: dict[str, Any]


async def propose(app: FastAPI, wanted: ReorganizationIn) -> Proposal:
    """Works it out and asks what hangs on the units. Raises ReorganizationRefused or PendingUnknown."""
    pool = app.state.database.pool
    before = await repository.organisation_of(pool)
    first_id = await repository.next_id(pool)
    draft = reorganise(before, wanted.rules(), wanted.act(), first_id)
    _raise_refusals(draft)
    hanging = await hanging_on(app, _asked_about(draft), wanted.effective_on)
    outcome = reorganise(before, wanted.rules(), wanted.act(), first_id, hanging.open_items)
    _raise_refusals(outcome)
    _know_enough(outcome, hanging)
    ids = [before[code].id for code in outcome.ended]
    for code, count in (await appointments_on(pool, ids, wanted.effective_on)).items():
        hanging.add(code, "appointments", count)
    return Proposal(before, outcome, impact_document(before, outcome, wanted.effective_on, hanging))


def _asked_about(outcome: Outcome) -> list[str]:
    return [code for code in outcome.touched if code not in outcome.created]


def _raise_refusals(outcome: Outcome) -> None:
    if outcome.refusals:
        raise ReorganizationRefused(
            errors=[
                FieldError("/operations" if r.operation is None else f"/operations/{r.operation}", r.code, r.detail)
                for r in outcome.refusals
            ]
        )


def _know_enough(outcome: Outcome, hanging: Hanging) -> None:
    followed = {succession.predecessor for succession in outcome.successions}
    ignorant = not (hanging.available["plans"] and hanging.available["indicators"])
    if ignorant and any(code not in followed for code in outcome.ended):
        raise PendingUnknown
