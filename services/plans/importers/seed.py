"""Loads data/plans into empty tables at the first start: every record is checked before the first row is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlmodel import SQLModel

from services.kit.clock import Clock
from services.kit.database import Database, raw
from services.kit.organisation import resolve_codes
from services.kit.writing import Audit, Event, seal
from services.plans.importers.budget_facts import read_budget
from services.plans.importers.facts import SEED_ACTOR, Facts
from services.plans.importers.plan_facts import (
    read_alignments,
    read_objectives,
    read_plans,
    read_sections,
    read_strategies,
)
from services.plans.importers.policy_facts import read_policies, read_verbs
from services.plans.importers.project_facts import read_phases, read_projects
from services.plans.tables import Plan
from services.plans.workflow.snapshots import freeze

READERS = (
    read_plans,
    read_sections,
    read_objectives,
    read_strategies,
    read_alignments,
    read_projects,
    read_verbs,
    read_policies,
    read_phases,
    read_budget,
)


def read_facts(folder: Path, dependencias: Mapping[str, int], now: datetime) -> Facts:
    """Every record of the folder as rows. Raises SeedError at the first that cannot be loaded."""
    facts = Facts(folder, dependencias, now)
    for read in READERS:
        read(facts)
    return facts


async def seed(database: Database, folder: Path, clock: Clock) -> bool:
    """Loads the facts when there is no plan yet, in one transaction. Returns whether it did. Raises SeedError."""
    async with database.sessions() as session, session.begin():
        if await session.scalar(select(func.count()).select_from(Plan)):
            return False
        connection = await raw(session)
        facts = read_facts(folder, await resolve_codes(connection, "plans"), clock.now())
        numbers = await connection.fetch(
            "SELECT nextval('plans.alignment_ids') FROM generate_series(1, $1)", len(facts.alignments)
        )
        for alignment, number in zip(facts.alignments, numbers, strict=True):
            alignment.id = number[0]
        # A plan may name the plan it develops, so plans go one by one, in the order of their file.
        groups: list[Sequence[SQLModel]] = [[plan] for plan in facts.plans.values()]
        groups += [list(facts.objectives.values()), list(facts.strategies.values()), facts.alignments, *facts.rest]
        for group in groups:
            session.add_all(group)
            await session.flush()
        for code, plan in facts.plans.items():
            approved = {
                "body": plan.approval_body,
                "act": plan.approval_act,
                "date": plan.approval_date,
                "by": SEED_ACTOR,
                "at": facts.now,
            }
            await freeze(connection, code, plan.version, approved=approved)
        await seal(
            connection,
            "plans",
            now=facts.now,
            events=[
                Event("plan.loaded", code, {"code": code, "version": p.version}) for code, p in facts.plans.items()
            ],
            audit=[Audit(SEED_ACTOR, "plan.loaded", code) for code in facts.plans],
        )
    return True


async def seed_on_start(app: FastAPI) -> None:
    """Start-up hook; does nothing without PLANS_SEED_DIR."""
    folder: Path | None = app.state.settings.seed_dir
    if folder is not None:
        await seed(app.state.database, folder / "plans", app.state.clock)
