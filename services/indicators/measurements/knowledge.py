"""What was known at an instant: the sources every reading query draws its rows from.

Without `known_at` these are the plain tables. With it, a row counts when its recorded interval contains the
instant: a current row since it was recorded, an older version until it was superseded.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query, Request

from services.indicators.domain.arithmetic import QUOTIENT_DECIMALS
from services.indicators.domain.calendar import local_day
from services.indicators.domain.periods import FIRST_YEAR
from services.kit.problems import FieldError, Invalid
from services.kit.spelling import Instant

KnownAt = Annotated[
    Instant | None,
    Query(description="Lo que se sabía en este instante (RFC 3339, con zona). Por defecto, ahora"),
]

MEASUREMENT: Final = """dependencia_id, assignment_id, period, version, value, numerator, denominator, note,
    evidence_url, evidence_sha256, source, submitted_by, review, reviewed_by, reviewed_at, review_reason,
    approved_value, approved_version, returned_count, warnings, first_recorded_at, recorded_at, batch_id,
    submitted_for"""
"""Columns of a measurement; versions are copied by them, for the two tables order theirs differently."""
_ASSIGNMENT = """dependencia_id, id, code, plan, indicator_id, objective, frequency, unit, direction, tolerance,
    by_progress, weight, baseline_value, baseline_period, target_text, feed_source, responsible, version, recorded_at"""
_INDICATOR = """id, code, name, version, unit, direction, tolerance, time_aggregation, org_aggregation, formula,
    succeeds, recorded_at"""
_TARGET_BUT_LEVEL = """dependencia_id, assignment_id, period, version, kind, value, value_to, level_to, closed,
    recorded_at, recorded_by, reason"""


# C.D. 535 rules from this day: of what it found, when it began is not known. Before is "nothing known", not "nothing
# existed" (design/domain.md §2).
_KNOWN_FROM: Final = date(2017, 5, 6)


def born(unit: str) -> str:
    """SQL of the first day of a dependencia's life, NULL where nobody knows it. unit: alias with `valid_from`."""
    return f"nullif({unit}.valid_from, date '{_KNOWN_FROM}')"


def measurement_of(alias: str) -> str:
    """SQL of the columns of a measurement, each of this alias."""
    return ", ".join(f"{alias}.{column.strip()}" for column in MEASUREMENT.split(","))


class InvalidKnownAt(Invalid):
    code, title = "invalid-known-at", "Instante no válido"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The instant a reading is made for, and whether it lies in the past of the database.

    in_flight: batches that had begun and not yet committed at that instant: nobody saw them then.
    """

    instant: datetime
    is_past: bool
    in_flight: tuple[UUID, ...] = ()

    @property
    def today(self) -> date:
        """The day in Guayaquil on which the reader stands."""
        return local_day(self.instant)

    def measurements(self, instant: str) -> str:
        """SQL of the measurements known; instant: placeholder of `self.instant`."""
        if self.in_flight:
            return _without(self.in_flight, instant)
        return _source("measurements", "measurement_revisions", MEASUREMENT, instant if self.is_past else None)

    def targets(self, instant: str) -> str:
        """SQL of the targets known, with the level each asks for.

        A change on last year's result asks for what that result, as it is known, makes of it: it is worked out at
        every reading, so that a late or corrected result of last year moves this year's target.
        """
        past = instant if self.is_past else None
        source = _source("targets", "target_revisions", f"{_TARGET_BUT_LEVEL}, level", past)
        level = f"""CASE WHEN k.kind = 'change_on_same_period_last_year' THEN
            (SELECT trim_scale(round(y.value + y.sign * abs(y.value) * k.value / 100, {QUOTIENT_DECIMALS}))
             FROM {self.last_year(instant, "k")} y) ELSE k.level END"""
        return f"(SELECT {_TARGET_BUT_LEVEL}, {level} AS level FROM {source} k)"

    def last_year(self, instant: str, target: str) -> str:
        """SQL of one row: the result of a target's period a year before (`value`) and the better side (`sign`).

        The assignment's own result; else that of the same indicator, or of the one it succeeds with the same unit, when
        one assignment of the dependencia has it; else a baseline of that very period. NULL when nobody can tell.
        """
        before = f"(left({target}.period, 4)::integer - 1)::text || substr({target}.period, 5)"
        return f"""(
            SELECT coalesce(found.own, found.same, found.former,
                       CASE WHEN w.baseline_period = {before} THEN w.baseline_value END) AS value,
                   CASE w.direction WHEN 'up' THEN 1 WHEN 'down' THEN -1 END AS sign
            FROM {self.assignments(instant)} w
            JOIN {self.indicators(instant)} s ON s.id = w.indicator_id
            CROSS JOIN LATERAL (
                SELECT min(r.value) FILTER (WHERE o.id = w.id) AS own,
                       CASE count(*) FILTER (WHERE p.id = s.id)
                           WHEN 1 THEN min(r.value) FILTER (WHERE p.id = s.id) END AS same,
                       CASE count(*) FILTER (WHERE p.id <> s.id)
                           WHEN 1 THEN min(r.value) FILTER (WHERE p.id <> s.id) END AS former
                FROM {self.indicators(instant)} p
                JOIN {self.assignments(instant)} o ON o.dependencia_id = w.dependencia_id AND o.indicator_id = p.id
                 AND (p.id = s.id OR o.unit IS NOT DISTINCT FROM w.unit)
                JOIN {self.measurements(instant)} r
                  ON r.dependencia_id = o.dependencia_id AND r.assignment_id = o.id AND r.period = {before}
                WHERE p.id = s.id OR p.code = ANY (s.succeeds)
            ) found
            WHERE w.dependencia_id = {target}.dependencia_id AND w.id = {target}.assignment_id
        )"""

    def assignments(self, instant: str) -> str:
        """SQL of the assignments known, as they were."""
        return _source("assignments", "assignment_revisions", _ASSIGNMENT, instant if self.is_past else None)

    def indicators(self, instant: str) -> str:
        """SQL of the technical sheets known, as they were."""
        return _source("indicators", "indicator_revisions", _INDICATOR, instant if self.is_past else None)

    def unit_versions(self, instant: str) -> str:
        """SQL of the places known of each dependencia: unit_id, valid_from, valid_to, name, parent_id."""
        if not self.is_past:
            return "indicators.org_unit_versions"
        return f"""(SELECT unit_id, valid_from, valid_to, name, parent_id FROM indicators.org_history
            WHERE recorded_at <= {instant} AND superseded_at > {instant})"""

    def name_on(self, unit: str, day: str, instant: str) -> str:
        """SQL of the name a dependencia has on a day: the replica's row has that of its latest version.

        unit: alias of org_units; day: placeholder of a date.
        """
        return f"""coalesce((SELECT v.name FROM {self.unit_versions(instant)} v WHERE v.unit_id = {unit}.id
            AND v.valid_from <= {day}::date ORDER BY v.valid_from DESC LIMIT 1), {unit}.name)"""

    def province_on(self, unit: str, day: str, instant: str) -> str:
        """SQL of the province a dependencia is in on a day; before its first day that of the first.

        unit: SQL of its id; day: SQL of a date. Always from what is remembered: the replica's row has the latest only.
        """
        return f"""(SELECT v.province FROM indicators.org_history v WHERE v.unit_id = {unit}
            AND v.recorded_at <= {instant} AND v.superseded_at > {instant}
            ORDER BY (v.valid_from > {day}),
                     CASE WHEN v.valid_from > {day} THEN v.valid_from - {day} ELSE {day} - v.valid_from END
            LIMIT 1)"""

    def outside_life(self, instant: str) -> str:
        """SQL condition over an assignment `a` and a calendar period `c`: its dependencia never owes it.

        A dependencia owes nothing of periods that were over before its first day, nor what falls due after its last.
        """
        outside = f"d.valid_to < c.due_on OR {born('d')} > c.last_day"
        if self.is_past:
            life = f"""(SELECT min(v.valid_from) AS valid_from, max(coalesce(v.valid_to, 'infinity')) AS valid_to
                FROM {self.unit_versions(instant)} v WHERE v.unit_id = a.dependencia_id) d WHERE {outside}"""
        else:
            life = f"indicators.org_units d WHERE d.id = a.dependencia_id AND ({outside})"
        return f"EXISTS (SELECT FROM {life})"

    def state(self, instant: str, today: str) -> str:
        """SQL of a cell's state, over an assignment `a`, a calendar period `c` and a measurement `m`."""
        return f"""CASE WHEN m.value IS NOT NULL THEN 'reported'
            WHEN EXISTS (SELECT FROM indicators.exemptions e WHERE e.dependencia_id = a.dependencia_id
                AND e.assignment_id = a.id AND e.period = c.period AND e.recorded_at <= {instant}
                AND e.ended_at > {instant}) THEN 'exempt'
            WHEN {self.outside_life(instant)} THEN 'not_due'
            WHEN c.due_on < {today} THEN 'missing' ELSE 'not_due' END"""

    def calendars(self, instant: str) -> str:
        """SQL of each plan's calendar version in force."""
        known = f"WHERE recorded_at <= {instant} " if self.is_past else ""
        return f"(SELECT plan, max(version) AS version FROM indicators.calendars {known}GROUP BY plan)"


async def knowledge(request: Request, known_at: KnownAt = None) -> Knowledge:
    """The instant of a reading. Raises InvalidKnownAt in the future or before there were periods."""
    now: datetime = request.app.state.clock.now()
    if known_at is None:
        return Knowledge(now, is_past=False)
    if known_at.year < FIRST_YEAR:
        raise _refused(f"Los instantes se admiten desde el año {FIRST_YEAR}.")
    if known_at > now:
        raise _refused("Lo que se sabrá en el futuro no se conoce; envíe un instante pasado.")
    rows = await request.app.state.database.pool.fetch(_IN_FLIGHT, known_at)
    return Knowledge(known_at, is_past=True, in_flight=tuple(UUID(row["subject"]) for row in rows))


def _refused(detail: str) -> InvalidKnownAt:
    return InvalidKnownAt(detail, errors=[FieldError("query/known_at", InvalidKnownAt.code, detail)])


# What is known now, for lists that know no other time.
NOW = Knowledge(datetime.max.replace(tzinfo=UTC), is_past=False)


# No batch takes an hour: statements are cut off long before. At the very instant that its versions and its receipt
# show, a batch is known: who asks by that instant asks for those versions.
_IN_FLIGHT = """
SELECT subject FROM indicators.events
WHERE type = 'measurements.recorded' AND data ? 'batch_id' AND occurred_at < $1
  AND occurred_at > $1 - interval '1 hour' AND sealed_at > $1 AND sealed_at < occurred_at + interval '1 hour'"""


def _without(batches: tuple[UUID, ...], instant: str) -> str:
    """SQL of the measurements known, as if these batches had not come: what they replaced is what stands."""
    named = ", ".join(f"'{batch}'::uuid" for batch in batches)
    seen = f"recorded_at <= {instant} AND (batch_id IS NULL OR batch_id NOT IN ({named}))"
    replaced = " OR ".join(
        f"""EXISTS (SELECT FROM indicators.{table} n WHERE n.dependencia_id = r.dependencia_id
            AND n.assignment_id = r.assignment_id AND n.period = r.period AND n.version = r.version + 1
            AND n.batch_id IN ({named}))"""
        for table in ("measurements", "measurement_revisions")
    )
    return f"""(SELECT {MEASUREMENT} FROM indicators.measurements WHERE {seen}
        UNION ALL SELECT {MEASUREMENT} FROM indicators.measurement_revisions r
        WHERE {seen} AND (superseded_at > {instant} OR {replaced}))"""


def _source(current: str, past: str, columns: str, instant: str | None) -> str:
    if instant is None:
        return f"indicators.{current}"
    return f"""(SELECT {columns} FROM indicators.{current} WHERE recorded_at <= {instant}
        UNION ALL SELECT {columns} FROM indicators.{past}
        WHERE recorded_at <= {instant} AND superseded_at > {instant})"""
