"""The life of a plan and of a reform: lawful steps, who takes them, and what each one needs. Source: domain.md §3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.plans.permissions import PLAN_APPROVE, PLAN_SUBMIT, PLAN_VALIDATE


@dataclass(frozen=True, slots=True)
class Step:
    """permission: who may take it; needs: `reason`, `act` or nothing beyond."""

    permission: str
    needs: str | None = None


PLAN_STEPS: Mapping[str, Mapping[str, Step]] = {
    "draft": {"submitted": Step(PLAN_SUBMIT)},
    "submitted": {
        "observed": Step(PLAN_VALIDATE, "reason"),
        "validated": Step(PLAN_VALIDATE),
        "rejected": Step(PLAN_VALIDATE, "reason"),
    },
    "observed": {"submitted": Step(PLAN_SUBMIT)},
    "validated": {
        "observed": Step(PLAN_VALIDATE, "reason"),
        "approved": Step(PLAN_APPROVE, "act"),
        "rejected": Step(PLAN_APPROVE, "reason"),
    },
    "approved": {"in_execution": Step(PLAN_VALIDATE)},
    "in_execution": {"closed": Step(PLAN_VALIDATE, "reason")},
    "closed": {},
    "rejected": {},
}

# A reform walks the same way as the plan up to its approval, which applies it.
REFORM_STEPS: Mapping[str, Mapping[str, Step]] = {
    state: {to: step for to, step in steps.items() if to != "in_execution"}
    for state, steps in PLAN_STEPS.items()
    if state not in ("in_execution", "closed")
}

EDITABLE = ("draft", "observed")
REFORMABLE = ("approved", "in_execution")


def lawful_body(kind: str, dependencia: str) -> str:
    """Who approves (ROF Art. 10): PEI and PAC the board; the POA the general directorate, a provincial one its own."""
    if kind in ("pei", "pac"):
        return "Consejo Directivo"
    return "Director Provincial" if dependencia.startswith("DP-") else "Dirección General"
