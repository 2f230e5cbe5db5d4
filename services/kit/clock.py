"""The one place that asks what time it is. Domain code never does: it receives dates and instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

GUAYAQUIL = ZoneInfo("America/Guayaquil")


class Clock:
    """Real time. now() is an aware UTC instant; today() is the calendar day in mainland Ecuador."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return self.now().astimezone(GUAYAQUIL).date()


@dataclass
class FixedClock(Clock):
    """A clock that tests move by hand."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def advance(self, by: timedelta) -> None:
        self.instant += by
