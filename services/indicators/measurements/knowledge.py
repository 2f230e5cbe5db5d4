"""What was known at an instant: the sources every reading query draws its rows from.

Without `known_at` these are the plain tables. With it, a row counts when its recorded interval contains the
instant: a current row since it was recorded, an older version until it was superseded.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Request

from services.indicators.domain.calendar import local_day
from services.indicators.domain.periods import FIRST_YEAR
from services.kit.problems import FieldError, Invalid

KnownAt = Annotated[
    datetime | None,
    Query(description="Lo que se sabía en este instante (RFC 3339, con zona). Por defecto, ahora"),
]

_MEASUREMENT = """dependencia_id, assignment_id, period, version, value, numerator, denominator, note, evidence_url,
    evidence_sha256, source, submitted_by, review, reviewed_by, reviewed_at, review_reason, approved_value,
    approved_version, returned_count, warnings, first_recorded_at, recorded_at, batch_id"""
_ASSIGNMENT = """dependencia_id, id, code, plan, indicator_id, objective, frequency, unit, direction, tolerance,
    by_progress, weight, baseline_value, baseline_period, target_text, feed_source, responsible, version, recorded_at"""
_INDICATOR = "id, code, name, version, unit, direction, tolerance, time_aggregation, org_aggregation, recorded_at"
_TARGET = "dependencia_id, assignment_id, period, version, kind, value, value_to, level, level_to, recorded_at"


class InvalidKnownAt(Invalid):
    code, title = "invalid-known-at", "Instante no válido"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The instant a reading is made for, and whether it lies in the past of the database."""

    instant: datetime
    is_past: bool

    @property
    def today(self) -> date:
        """The day in Guayaquil on which the reader stands."""
        return local_day(self.instant)

    def measurements(self, instant: str) -> str:
        """SQL of the measurements known; instant: placeholder of `self.instant`."""
        return _source("measurements", "measurement_revisions", _MEASUREMENT, instant if self.is_past else None)

    def targets(self, instant: str) -> str:
        """SQL of the targets known."""
        return _source("targets", "target_revisions", _TARGET, instant if self.is_past else None)

    def assignments(self, instant: str) -> str:
        """SQL of the assignments known, as they were."""
        return _source("assignments", "assignment_revisions", _ASSIGNMENT, instant if self.is_past else None)

    def indicators(self, instant: str) -> str:
        """SQL of the technical sheets known, as they were."""
        return _source("indicators", "indicator_revisions", _INDICATOR, instant if self.is_past else None)

    def calendars(self, instant: str) -> str:
        """SQL of each plan's calendar version in force."""
        known = f"WHERE recorded_at <= {instant} " if self.is_past else ""
        return f"(SELECT plan, max(version) AS version FROM indicators.calendars {known}GROUP BY plan)"


def knowledge(request: Request, known_at: KnownAt = None) -> Knowledge:
    """The instant of a reading. Raises InvalidKnownAt without a zone or in the future."""
    now: datetime = request.app.state.clock.now()
    if known_at is None:
        return Knowledge(now, is_past=False)
    if known_at.tzinfo is None:
        raise _refused("Indique la zona, por ejemplo 2025-02-01T00:00:00Z.")
    if known_at.year < FIRST_YEAR:
        raise _refused(f"Los instantes se admiten desde el año {FIRST_YEAR}.")
    if known_at > now:
        raise _refused("Lo que se sabrá en el futuro no se conoce; envíe un instante pasado.")
    return Knowledge(known_at, is_past=True)


def _refused(detail: str) -> InvalidKnownAt:
    return InvalidKnownAt(detail, errors=[FieldError("query/known_at", InvalidKnownAt.code, detail)])


def _source(current: str, past: str, columns: str, instant: str | None) -> str:
    if instant is None:
        return f"indicators.{current}"
    return f"""(SELECT {columns} FROM indicators.{current} WHERE recorded_at <= {instant}
        UNION ALL SELECT {columns} FROM indicators.{past}
        WHERE recorded_at <= {instant} AND superseded_at > {instant})"""
