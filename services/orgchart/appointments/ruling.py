"""The rules of appointments, over what stands and what is wished together.

Holder and acting never overlap in one post, nor do two substitutes; a substitute lies inside somebody else's
appointment, or inside an absence of somebody who holds the post all those days. In a collegiate post only one and the
same person may not be appointed twice at once.

Everything is judged as it would stand in the end, so a batch may end one holder and begin another in any order. A
rejected row leaves what stood before, which may reject another: the rules are asked until they reject nothing more.
"""

from __future__ import annotations

from typing import Final

from services.kit.database import Connection

# A chain of rows each of which rests on the next; longer ones are not worth finding the last link of.
ROUNDS: Final = 50

_CREATE: Final = """
CREATE TEMP TABLE IF NOT EXISTS standing_appointments (
    index integer,
    rank integer NOT NULL,
    appointment_id uuid,
    post_id bigint NOT NULL,
    lane text COLLATE "C" NOT NULL,
    person_id uuid NOT NULL,
    is_substitute boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL
) ON COMMIT DELETE ROWS"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS ix_standing ON standing_appointments (post_id, is_substitute, valid_from)"
# What would stand: untouched appointments of the posts named, and the rows not yet rejected. An unchanged row is what
# stands already. A lane holds those that exclude each other.
_STAND: Final = """
WITH posts AS MATERIALIZED (
    SELECT DISTINCT post_id FROM wished_appointments WHERE code IS NULL
)
INSERT INTO standing_appointments
SELECT NULL, -1, a.id, a.post_id, concat((a.kind = 'substitute')::text, CASE WHEN a.collegiate THEN a.person_id END),
    a.person_id, a.kind = 'substitute', a.valid_from, coalesce(a.valid_to, 'infinity')
FROM orgchart.appointments a JOIN posts USING (post_id)
WHERE a.revoked_at IS NULL AND NOT EXISTS (SELECT FROM wished_appointments w
    WHERE w.appointment_id = a.id AND w.code IS NULL AND w.outcome <> 'unchanged')
UNION ALL
SELECT w.index, w.rank, w.appointment_id, w.post_id,
    concat((w.kind = 'substitute')::text, CASE WHEN w.collegiate THEN w.person_id END),
    w.person_id, w.kind = 'substitute', w.valid_from, coalesce(w.valid_to, 'infinity')
FROM wished_appointments w WHERE w.code IS NULL AND w.outcome <> 'unchanged' AND NOT w.revoke"""

# In a lane sorted by first day, a row overlaps one before it when their latest last day reaches its first day, and one
# after it when the earliest first day comes before its last day. Only those of its own rank or below count.
_BEFORE: Final = "max(valid_to) FILTER (WHERE rank <= {0}) OVER before"
_AFTER: Final = "min(valid_from) FILTER (WHERE rank <= {0}) OVER after"


def _by_rank(sql: str) -> str:
    return f"CASE rank WHEN 0 THEN {sql.format(0)} WHEN 1 THEN {sql.format(1)} ELSE {sql.format(2)} END"


_OVERLAPS: Final = f"""
WITH neighbours AS (
    SELECT index, valid_from, valid_to, {_by_rank(_BEFORE)} AS last_before, {_by_rank(_AFTER)} AS first_after
    FROM standing_appointments
    WINDOW before AS (PARTITION BY post_id, lane ORDER BY valid_from, rank, index
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           after AS (PARTITION BY post_id, lane ORDER BY valid_from DESC, rank DESC, index DESC
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
UPDATE wished_appointments w SET code = 'appointment-overlap'
FROM neighbours n
WHERE w.index = n.index AND (n.last_before >= n.valid_from OR n.first_after <= n.valid_to)"""

# `s` is a substitute. What stands of one person in the post, as one set of days, may be cut into several appointments,
# and so may the days on which that person is away: leave that is prolonged is a second absence.
_SUPPORTED: Final = """(EXISTS (
    SELECT FROM standing_appointments m
    WHERE m.post_id = s.post_id AND NOT m.is_substitute AND m.person_id <> s.person_id
      AND m.valid_from <= s.valid_from AND m.valid_to >= s.valid_to)
  OR EXISTS (
    SELECT FROM standing_appointments m
    WHERE m.post_id = s.post_id AND NOT m.is_substitute AND m.person_id <> s.person_id
      AND (SELECT range_agg(daterange(b.valid_from, b.valid_to, '[]'))
           FROM orgchart.absences b WHERE b.person_id = m.person_id)
          @> daterange(s.valid_from, nullif(s.valid_to, 'infinity'), '[]')
      AND (SELECT range_agg(daterange(o.valid_from, nullif(o.valid_to, 'infinity'), '[]'))
           FROM standing_appointments o
           WHERE o.post_id = s.post_id AND NOT o.is_substitute AND o.person_id = m.person_id)
          @> daterange(s.valid_from, nullif(s.valid_to, 'infinity'), '[]')))"""
_OUTSIDE: Final = f"""
UPDATE wished_appointments w SET code = 'substitute-outside'
FROM standing_appointments s
WHERE w.index = s.index AND s.is_substitute AND NOT {_SUPPORTED}"""
# A standing substitute without anybody to stand in for: whoever took days away on that post is to blame.
_LEFT_OUTSIDE: Final = f"""
UPDATE wished_appointments w SET code = 'substitute-left-outside'
FROM standing_appointments s
WHERE s.index IS NULL AND s.is_substitute AND NOT {_SUPPORTED}
  AND w.code IS NULL AND w.post_id = s.post_id AND w.kind <> 'substitute' AND w.outcome = 'updated'
  AND (w.revoke OR coalesce(w.valid_to, 'infinity') < coalesce(w.old_to, 'infinity'))
  AND w.old_from <= s.valid_to AND coalesce(w.old_to, 'infinity') >= s.valid_from"""
_GIVE_UP: Final = """
UPDATE wished_appointments w SET code = 'appointment-overlap' WHERE w.code IS NULL AND w.outcome <> 'unchanged'
    AND w.post_id IN (SELECT post_id FROM wished_appointments WHERE code IS NOT NULL)"""
_UNSUPPORTED: Final = f"SELECT EXISTS (SELECT FROM standing_appointments s WHERE s.is_substitute AND NOT {_SUPPORTED})"


async def rule(connection: Connection) -> None:
    """Marks the rows that what stands, or another row, does not allow."""
    await connection.execute(_CREATE)
    await connection.execute(_INDEX)
    for _ in range(ROUNDS):
        if not await _reject_some(connection):
            return
    await connection.execute(_GIVE_UP)


async def _reject_some(connection: Connection) -> bool:
    """One rule's rejections, over what would stand now. False when no rule rejects anything."""
    await connection.execute("DELETE FROM standing_appointments")
    await connection.execute(_STAND)
    await connection.execute("ANALYZE standing_appointments")
    for rejections in (_OVERLAPS, _OUTSIDE, _LEFT_OUTSIDE):
        if await connection.execute(rejections) != "UPDATE 0":
            return True
    return False


async def substitutes_stand(connection: Connection, post_ids: list[int]) -> bool:
    """True when every substitute of the posts lies inside somebody else's appointment or absence."""
    await connection.execute(_CREATE)
    await connection.execute("DELETE FROM standing_appointments")
    await connection.execute(
        """INSERT INTO standing_appointments
           SELECT NULL, -1, a.id, a.post_id, '', a.person_id, a.kind = 'substitute', a.valid_from,
               coalesce(a.valid_to, 'infinity')
           FROM orgchart.appointments a WHERE a.revoked_at IS NULL AND a.post_id = ANY ($1::bigint[])""",
        post_ids,
    )
    unsupported: bool = await connection.fetchval(_UNSUPPORTED)
    return not unsupported
