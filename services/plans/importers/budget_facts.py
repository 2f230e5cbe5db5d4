"""Budget execution of 2024, by company and month."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import SQLModel

from services.kit.seeding import SeedError
from services.plans.importers import records as r
from services.plans.importers.facts import SEED_ACTOR, Facts
from services.plans.tables import BudgetExecution


def read_budget(facts: Facts) -> None:
    rows: dict[tuple[int, int, str, str], SQLModel] = {}
    for path, line, b in facts.read("budget-2024.jsonl", r.BudgetRecord):
        key = (b.year, b.month, b.company, b.group or "")
        if key in rows:
            raise SeedError(path, line, "dos filas para una compañía, un grupo y un mes")
        rows[key] = BudgetExecution(
            year=b.year,
            month=b.month,
            company=b.company,
            budget_group=b.group or "",
            printed_code=b.printed_code,
            printed_name=b.printed_name,
            budget_current=Decimal(b.current),
            budget_accrued=Decimal(b.accrued),
            printed_percent=None if b.printed_percent is None else Decimal(b.printed_percent),
            warnings=list(b.warnings),
            source=b.source,
            recorded_at=facts.now,
            recorded_by=SEED_ACTOR,
        )
    facts.rest.append(list(rows.values()))
