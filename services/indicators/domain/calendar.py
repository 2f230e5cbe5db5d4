"""When a period may be reported: opening, due day, lock day. Source: design/domain.md §5.

Days are local days of America/Guayaquil; a due or lock day is inclusive until 23:59:59.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.indicators.domain.periods import Period

ZONE = ZoneInfo("America/Guayaquil")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """One line of a calendar policy, for one plan and frequency.

    opens_after_days: days from the period's last day to its opening (1 = the day after).
    due_business_day and lock_business_day: n-th business day after the period's end; no lock day
    means the period never locks.
    """

    opens_after_days: int
    due_business_day: int
    lock_business_day: int | None = None

    def __post_init__(self) -> None:
        if self.due_business_day < 1:
            raise ValueError("the due day is at least the first business day after the period")
        if self.lock_business_day is not None and self.lock_business_day < self.due_business_day:
            raise ValueError("a period does not lock before it is due")


@dataclass(frozen=True, slots=True)
class Window:
    """The local days of one period: opening, due and lock, each inclusive."""

    opens_on: date
    due_on: date
    locks_on: date | None


def window_of(period: Period, rule: CalendarRule, holidays: Set[date]) -> Window:
    """The window of a period under a rule."""
    end = period.last_day
    locks_on = None
    if rule.lock_business_day is not None:
        locks_on = nth_business_day(end, rule.lock_business_day, holidays)
    due_on = nth_business_day(end, rule.due_business_day, holidays)
    return Window(end + rule.opens_after_days * _ONE_DAY, due_on, locks_on)


def nth_business_day(after: date, count: int, holidays: Set[date]) -> date:
    """The count-th day after `after` that is neither weekend nor holiday."""
    if count < 1:
        raise ValueError("business days are counted from 1")
    day = after
    while count:
        day += _ONE_DAY
        count -= is_business_day(day, holidays)
    return day


def is_business_day(day: date, holidays: Set[date]) -> bool:
    """True from Monday to Friday, holidays aside."""
    return day.weekday() < 5 and day not in holidays


def local_day(instant: datetime) -> date:
    """The day in Guayaquil of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(ZONE).date()
