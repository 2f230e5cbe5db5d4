"""In which unit of measure a value was sent: a sheet may change its unit while values of the old one stand."""

from typing import Final

# SQL over an assignment `a`: whether it ever had another unit than the one it has. Hardly any had, and only theirs are
# looked up.
HAD_ANOTHER: Final = """EXISTS (SELECT FROM indicators.assignment_revisions r
    WHERE r.dependencia_id = a.dependencia_id AND r.id = a.id AND r.unit IS DISTINCT FROM a.unit)"""

# SQL over a measurement `m` that another system fed, or its former version: when it came. A review records the cell
# anew, but nobody measured again.
_FED: Final = """CASE WHEN m.reviewed_at IS NULL THEN m.recorded_at ELSE coalesce(
        (SELECT max(f.recorded_at) FROM indicators.measurement_revisions f
         WHERE f.dependencia_id = m.dependencia_id AND f.assignment_id = m.assignment_id AND f.period = m.period
           AND f.version < m.version AND f.reviewed_at IS NULL), m.recorded_at) END"""


def sent_at(batch: str = "m.batch_id") -> str:
    """SQL of when the value of a measurement `m` came, NULL without one. batch: SQL of the batch it came with."""
    return f"coalesce((SELECT b.issued_at FROM indicators.measurement_batches b WHERE b.id = {batch}), {_FED})"


def unit_at(instant: str, alias: str = "a", id: str = "id") -> str:
    """SQL of the unit that an assignment had at an instant. alias: of its row, with `dependencia_id` and `unit`."""
    return f"""(SELECT v.unit FROM (
            SELECT r.unit, r.superseded_at FROM indicators.assignment_revisions r
            WHERE r.dependencia_id = {alias}.dependencia_id AND r.id = {alias}.{id}
            UNION ALL SELECT {alias}.unit, 'infinity') v
        WHERE v.superseded_at > {instant} ORDER BY v.superseded_at LIMIT 1)"""
