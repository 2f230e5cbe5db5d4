"""Loading the checked facts into empty tables, in one transaction."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI

from services.indicators.deadlines.repository import CalendarPolicy, add_calendar
from services.indicators.domain.calendar import CalendarRule
from services.indicators.domain.periods import Frequency, parse_period, periods_of_year
from services.indicators.domain.targets import Target, level_of
from services.indicators.installation.facts import Facts, read_facts
from services.indicators.installation.records import AssignmentRecord, IndicatorRecord
from services.indicators.policies.repository import add_version
from services.kit.database import Connection, raw
from services.kit.folding import fold
from services.kit.organisation import resolve_codes
from services.kit.seeding import read_document
from services.kit.writing import Audit, Event, seal

AUTHOR = "instalacion"
_INDICATOR_COLUMNS = (
    "id", "code", "version", "name", "folded", "aliases", "description", "formula", "unit", "frequency",
    "direction", "time_aggregation", "org_aggregation", "hierarchy", "source_text", "tolerance", "zero_policy",
    "evidence_required", "numerator_bounded", "succeeds", "warnings", "source", "recorded_at", "recorded_by",
)  # fmt: skip
_ASSIGNMENT_COLUMNS = (
    "dependencia_id", "id", "code", "plan", "ordinal", "indicator_id", "objective", "level", "number", "section",
    "statement", "frequency", "unit", "direction", "tolerance", "by_progress", "weight", "baseline_value",
    "baseline_period", "baseline_kind", "baseline_text", "target_text", "objective_text",
    "objective_reliability", "responsible", "feed_source", "feed_rule", "evidence_required", "numerator_bounded",
    "warnings", "notes", "source", "version", "recorded_at", "recorded_by",
)  # fmt: skip
_TARGET_COLUMNS = (
    "dependencia_id", "assignment_id", "period", "version", "kind", "value", "value_to", "level", "level_to",
    "closed", "recorded_at", "recorded_by", "reason",
)  # fmt: skip


async def install(app: FastAPI) -> None:
    """Start-up hook: seed an empty database from the installation's facts. Raises SeedError."""
    seed_dir: Path | None = app.state.settings.seed_dir
    if seed_dir is None:
        return
    async with app.state.database.sessions() as session, session.begin():
        connection = await raw(session)
        # Two processes may start on one empty database; the second waits here and finds it filled.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('indicators.installation'))")
        if await connection.fetchval("SELECT EXISTS (SELECT FROM indicators.indicators)"):
            return
        dependencias = await resolve_codes(connection, "indicators")
        folder = seed_dir / "indicators"
        facts = read_facts(folder, dependencias)
        await load(connection, facts, folder, dependencias, app.state.clock.now())


async def load(connection: Connection, facts: Facts, folder: Path, dependencias: dict[str, int], now: datetime) -> None:
    """Write policies, calendars, sheets, assignments and targets, with one audit and one feed row."""
    for document in read_document(folder / "policies.json"):
        await add_version(connection, document, now, AUTHOR)
    years: dict[str, tuple[int, int]] = {}
    for document in read_document(folder / "calendars.json"):
        policy = calendar_policy(document)
        years[policy.plan] = (policy.first_year, policy.last_year)
        await add_calendar(connection, policy, now, AUTHOR)
    indicator_ids = await _load_indicators(connection, facts.indicators, now)
    await _load_assignments(connection, facts.assignments, indicator_ids, dependencias, years, now)
    await seal(
        connection,
        "indicators",
        now=now,
        events=[Event("installation.loaded", "indicators", {"assignments": len(facts.assignments)})],
        audit=[Audit(AUTHOR, "installation.load", "indicators", detail={"plans": sorted(years)})],
    )


def calendar_policy(document: dict[str, Any]) -> CalendarPolicy:
    """A calendar with one rule for every frequency, as the installation's file writes it."""
    rule = CalendarRule(**document["rule"])
    return CalendarPolicy(
        document["plan"],
        dict.fromkeys(Frequency, rule),
        document["first_year"],
        document["last_year"],
        document["reason"],
    )


async def _load_indicators(connection: Connection, records: list[IndicatorRecord], now: datetime) -> dict[str, int]:
    ids = await _next_ids(connection, "indicator_ids", len(records))
    rows = [
        (
            number, r.code, 1, r.name, fold("\n".join((r.name, r.code, *r.aliases))), r.aliases, r.description,
            r.formula, r.unit, r.frequency, r.direction, r.time_aggregation, r.org_aggregation, r.hierarchy,
            r.source_text, _decimal(r.tolerance), r.zero_policy, r.evidence_required, False, r.succeeds, r.warnings,
            _json(r.source), now, AUTHOR,
        )
        for number, r in zip(ids, records, strict=True)
    ]  # fmt: skip
    await _insert(connection, "indicators", _INDICATOR_COLUMNS, rows)
    return {record.code: number for number, record in zip(ids, records, strict=True)}


async def _load_assignments(
    connection: Connection,
    records: list[AssignmentRecord],
    indicator_ids: dict[str, int],
    dependencias: dict[str, int],
    years: dict[str, tuple[int, int]],
    now: datetime,
) -> None:
    ids = await _next_ids(connection, "assignment_ids", len(records))
    owned = list(zip(ids, records, strict=True))
    await _insert(
        connection,
        "assignments",
        _ASSIGNMENT_COLUMNS,
        [
            _assignment_row(number, r, indicator_ids[r.indicator], dependencias[r.dependencia], now)
            for number, r in owned
        ],
    )
    targets = [row for number, r in owned for row in _target_rows(number, r, dependencias[r.dependencia], years, now)]
    await _insert(connection, "targets", _TARGET_COLUMNS, targets)


def _assignment_row(
    number: int, r: AssignmentRecord, indicator: int, dependencia: int, now: datetime
) -> tuple[Any, ...]:
    baseline = r.baseline
    return (
        dependencia, number, r.code, r.plan, int(r.code.rpartition(".")[2]), indicator, r.objective, r.level,
        r.number, r.section, r.statement, r.frequency, r.unit, r.direction, None, False, Decimal(1),
        _decimal(baseline.value) if baseline else None, baseline.period if baseline else None,
        baseline.kind if baseline else None, baseline.text if baseline else None, r.target_text,
        r.objective_text, r.objective_reliability, _json(r.responsible), r.feed_source, _json(r.feed_rule), False,
        False, r.warnings, r.notes, _json(r.source), 1, now, AUTHOR,
    )  # fmt: skip


def _target_rows(
    number: int, r: AssignmentRecord, dependencia: int, years: dict[str, tuple[int, int]], now: datetime
) -> Iterable[tuple[Any, ...]]:
    """A printed target holds for every period of its frequency in the plan's years."""
    value = _decimal(r.target.value)
    baseline = _decimal(r.baseline.value) if r.baseline else None
    start = parse_period(r.baseline.period) if r.baseline and r.baseline.period else None
    first, last = years[r.plan]
    for year in range(first, last + 1):
        for period in periods_of_year(r.frequency, year):
            last_year = baseline if start == period.same_period_last_year() else None
            target = Target(r.target.kind, value)
            level = level_of(target, r.direction, baseline=baseline, last_year=last_year)
            yield (
                dependencia, number, period.code, 1, r.target.kind, value, None, level, None, False, now, AUTHOR,
                None,
            )  # fmt: skip


async def _next_ids(connection: Connection, sequence: str, count: int) -> list[int]:
    rows = await connection.fetch(f"SELECT nextval('indicators.{sequence}') FROM generate_series(1, $1)", count)
    return [row[0] for row in rows]


async def _insert(connection: Connection, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, schema_name="indicators", columns=list(columns), records=rows)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _json(document: dict[str, Any] | msgspec.Struct | None) -> str | None:
    return None if document is None else msgspec.json.encode(document).decode()
