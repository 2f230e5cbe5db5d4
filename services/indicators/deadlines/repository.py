"""A calendar is a rule; its days are worked out once, when the rule is written, and read from there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec

from services.indicators.domain.calendar import CalendarRule, window_of
from services.indicators.domain.periods import Frequency, periods_of_year
from services.kit.database import Connection
from services.kit.daysoff import days_off


@dataclass(frozen=True, slots=True)
class CalendarPolicy:
    """One version of a plan's calendar: a rule per frequency, for the years the plan covers."""

    plan: str
    rules: Mapping[Frequency, CalendarRule]
    first_year: int
    last_year: int
    reason: str


async def add_calendar(connection: Connection, policy: CalendarPolicy, now: datetime, by: str) -> int:
    """Append the next version of a plan's calendar with all its days. Returns the version."""
    rules = {frequency.value: asdict(rule) for frequency, rule in policy.rules.items()}
    version: int = await connection.fetchval(
        """INSERT INTO indicators.calendars
               (plan, version, rules, first_year, last_year, recorded_at, recorded_by, reason)
           SELECT $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4, $5, $6, $7
           FROM indicators.calendars WHERE plan = $1
           RETURNING version""",
        policy.plan,
        msgspec.json.encode(rules).decode(),
        policy.first_year,
        policy.last_year,
        now,
        by,
        policy.reason,
    )
    await connection.executemany(
        """INSERT INTO indicators.calendar_periods
               (plan, version, period, frequency, first_day, last_day, opens_on, due_on, locks_on)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        _days(policy, version),
    )
    return version


def _days(policy: CalendarPolicy, version: int) -> list[tuple[object, ...]]:
    # With the year after: December's due day lies there.
    off = days_off(range(policy.first_year, policy.last_year + 2))
    rows: list[tuple[object, ...]] = []
    for year in range(policy.first_year, policy.last_year + 1):
        for frequency, rule in policy.rules.items():
            for period in periods_of_year(frequency, year):
                window = window_of(period, rule, off)
                rows.append(
                    (
                        policy.plan,
                        version,
                        period.code,
                        frequency.value,
                        period.first_day,
                        period.last_day,
                        window.opens_on,
                        window.due_on,
                        window.locks_on,
                    )
                )
    return rows
