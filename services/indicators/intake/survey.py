"""Whether a batch of plain rows may go straight: what each name stands for, and between which values nothing is said.

A survey answers only of batches in which no name, period or right is out of the ordinary; the values are compared in
Python as floats, within bounds drawn a little closer than they are, so that a doubtful row counts as an unusual one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Final

import msgspec

from services.indicators.intake.judging import IS_FED, LATEST, LEAST, LIMITS, MOST, SURPRISING, USUAL
from services.indicators.intake.staging import PlainRows
from services.indicators.locking import OFFSET
from services.indicators.measurements.knowledge import born
from services.indicators.measurements.units import HAD_ANOTHER
from services.kit.database import Connection

# $1 visible ids (NULL: all), $2 codes of assignments
_LOCK: Final = f"""
SELECT count(pg_advisory_xact_lock({OFFSET} + d.dependencia_id))
FROM (SELECT DISTINCT a.dependencia_id FROM indicators.assignments a
      WHERE a.code = ANY ($2::text[]) AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
      ORDER BY 1) d"""

# $1 visible ids, $2 writable ids (NULL: all) · $3 codes of assignments · $4 codes of periods, $5 their frequency,
# $6 the first of them · $7 today
_SURVEY: Final = f"""
WITH {LIMITS}, {LATEST}, target AS MATERIALIZED (
    SELECT n.number, a.dependencia_id, a.id, a.plan, a.unit, u.code
    FROM unnest($3::text[]) WITH ORDINALITY AS n (code, number)
    JOIN indicators.assignments a ON a.code = n.code
    JOIN indicators.org_units u ON u.id = a.dependencia_id AND u.valid_to IS NULL
     AND coalesce({born("u")} <= (left($6, 4) || '-01-01')::date, true)
    WHERE ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
      AND ($2::bigint[] IS NULL OR a.dependencia_id = ANY ($2))
      AND a.frequency = $5 AND NOT a.evidence_required AND NOT {IS_FED}
      AND NOT {HAD_ANOTHER}
), closed AS MATERIALIZED (
    SELECT FROM (SELECT DISTINCT plan FROM target) p CROSS JOIN unnest($4::text[]) AS s (period)
    LEFT JOIN (indicators.calendar_periods d JOIN latest USING (plan, version))
           ON d.plan = p.plan AND d.period = s.period COLLATE "C"
    WHERE coalesce(d.opens_on > $7, true) OR d.locks_on < $7 LIMIT 1
), bounded AS (
    SELECT a.*, coalesce(last.period >= $6, false) AS is_stored, y.jump,
           greatest({LEAST}, {USUAL}) AS least, least({MOST}, {SURPRISING}) AS most,
           CASE WHEN last.period < $6 AND last.value <> 0 THEN abs(last.value) END AS before
    FROM target a CROSS JOIN limits y
    LEFT JOIN LATERAL (
        SELECT b.period, b.value FROM indicators.measurements b
        WHERE b.dependencia_id = a.dependencia_id AND b.assignment_id = a.id ORDER BY b.period DESC LIMIT 1
    ) last ON true
), calm AS (
    SELECT b.*, greatest(b.least, b.before / b.jump) AS lowest, least(b.most, b.before * b.jump) AS highest
    FROM bounded b
)
SELECT c.dependencia_id, c.id, c.code AS dependencia, c.plan, c.is_stored,
       (c.lowest + abs(c.lowest) * 1e-12)::float8 AS lowest, (c.highest - abs(c.highest) * 1e-12)::float8 AS highest
FROM calm c
WHERE NOT EXISTS (SELECT FROM closed)
ORDER BY c.number"""


@dataclass(frozen=True, slots=True)
class Cells:
    """What the names of a batch stand for, in the order of their numbers.

    is_new: none of them has a measurement in the batch's first period or later; otherwise all of them have.
    """

    dependencia_ids: list[int]
    assignment_ids: list[int]
    dependencias: list[str]
    plans: list[str]
    is_new: bool


async def lock_named(connection: Connection, plain: PlainRows, visible: list[int] | None) -> None:
    """The locks of the dependencias named, in order; taking them again later changes nothing."""
    await connection.execute(_LOCK, visible, plain.assignments)


async def survey(
    connection: Connection, plain: PlainRows, visible: list[int] | None, writable: list[int] | None, today: date
) -> Cells | None:
    """None when a row may need an answer of its own: rejected, warned of, or some cells there and others not."""
    found = await connection.fetch(
        _SURVEY,
        visible,
        writable,
        plain.assignments,
        plain.period_codes,
        plain.frequency,
        min(plain.period_codes),
        today,
    )
    if len(found) != len(plain.assignments) or len({row["is_stored"] for row in found}) != 1:
        return None
    lowest = [-inf if row["lowest"] is None else row["lowest"] for row in found]
    highest = [inf if row["highest"] is None else row["highest"] for row in found]
    if not _are_calm(plain, lowest, highest):
        return None
    return Cells(
        [row["dependencia_id"] for row in found],
        [row["id"] for row in found],
        [row["dependencia"] for row in found],
        [row["plan"] for row in found],
        is_new=not found[0]["is_stored"],
    )


def _are_calm(plain: PlainRows, lowest: list[float], highest: list[float]) -> bool:
    """Whether every value lies within the bounds of its name; most batches lie within everybody's."""
    values = _floats(set(plain.values.values()))
    if max(lowest) <= min(values) and max(values) <= min(highest):
        return True
    named = zip(plain.names, _floats(plain.values.values()), strict=True)
    return all(lowest[name - 1] <= value <= highest[name - 1] for name, value in named)


def _floats(decimals: Collection[str]) -> list[float]:
    """Plain decimals as floats: the JSON decoder reads them four times as fast as `float`, but no leading zeros."""
    try:
        return msgspec.json.decode(f"[{','.join(decimals)}]", type=list[float])
    except msgspec.DecodeError:
        return list(map(float, decimals))
