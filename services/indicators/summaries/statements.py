"""The SQL of kept cards: which are fresh, which an event touches, which must be computed again."""

from typing import Final

from services.indicators.filters import SCHEMA

CURSOR: Final = "cards"
# Two followers at once would only do the same work twice.
FOLLOWER_LOCK: Final = f"SELECT pg_try_advisory_lock(hashtext('{SCHEMA}.summaries'))"

ORGANISATION: Final = f"coalesce((SELECT max(closure_on::text || '/' || position::text) FROM {SCHEMA}.org_cursor), '')"
"""What moves when the organisation's replica does: the subtree of a card depends on it."""

HEAD: Final = f"SELECT coalesce(max(position), 0) FROM {SCHEMA}.events"

# Fresh: computed under today's day, policy and organisation, touched by nothing since, and the follower has seen
# every event there is. All of it is asked in one statement, at every read: a caller reads its own writes.
# $1 dependencia id, $2 plan, $3 period, $4 today, $5 code of the policy in force
FRESH: Final = f"""
SELECT s.body, s.computed_at, s.feed_position FROM {SCHEMA}.summaries s
WHERE s.dependencia_id = $1 AND s.plan = $2 AND s.period = $3 AND NOT s.stale
  AND s.day = $4
  AND s.policy = (SELECT code || '@' || max(version) FROM {SCHEMA}.policies WHERE code = $5 GROUP BY code)
  AND s.organisation = {ORGANISATION}
  AND (SELECT position FROM {SCHEMA}.summary_cursor WHERE name = '{CURSOR}') >= ({HEAD})"""

# Only periods in which the plan has cells: a card without any costs nothing to compute.
# $1 dependencia id, $2 plan, $3 period, $4 today, $5 its first and $6 its last day
ASK_FOR: Final = f"""
INSERT INTO {SCHEMA}.summaries (dependencia_id, plan, period, first_day, last_day, asked_on, stale)
SELECT $1, $2, $3, $5, $6, $4, true
WHERE EXISTS (SELECT FROM {SCHEMA}.calendar_periods d WHERE d.plan = $2 AND d.last_day BETWEEN $5 AND $6)
ON CONFLICT (dependencia_id, plan, period) DO UPDATE SET asked_on = excluded.asked_on
WHERE summaries.asked_on < excluded.asked_on"""

READ_CURSOR: Final = f"SELECT position FROM {SCHEMA}.summary_cursor WHERE name = '{CURSOR}' FOR UPDATE"
MOVE_CURSOR: Final = f"""
INSERT INTO {SCHEMA}.summary_cursor (name, position) VALUES ('{CURSOR}', $1)
ON CONFLICT (name) DO UPDATE SET position = excluded.position"""

# A batch of measurements says which dependencias, plans and periods it changed: cards above them whose days contain
# the period, or the same period a year later, whose target may be a change on it. Every other event is rare and
# touches every card: rather one computed too often than one too seldom.
# $1 after this position, $2 up to this one, $3 today, $4 policy
MARK_STALE: Final = f"""
WITH passed AS (
    SELECT type, data FROM {SCHEMA}.events WHERE position > $1 AND position <= $2
), changed AS (
    SELECT DISTINCT c.ancestor_id, g.plan, d.last_day
    FROM passed e
    CROSS JOIN LATERAL jsonb_to_recordset(e.data->'groups') AS g (dependencia text, plan text, periods jsonb)
    CROSS JOIN LATERAL jsonb_array_elements_text(g.periods) AS p (period)
    JOIN {SCHEMA}.org_units u ON u.code = g.dependencia
    JOIN {SCHEMA}.org_closure c ON c.descendant_id = u.id
    JOIN {SCHEMA}.calendar_periods d ON d.plan = g.plan AND d.period = p.period
    WHERE e.type = 'measurements.recorded'
)
UPDATE {SCHEMA}.summaries s SET stale = true
WHERE NOT s.stale AND (
    s.day <> $3 OR s.policy <> $4 OR s.organisation <> {ORGANISATION}
    OR EXISTS (SELECT FROM passed WHERE type <> 'measurements.recorded')
    OR EXISTS (SELECT FROM changed c WHERE c.ancestor_id = s.dependencia_id AND (
        c.plan = s.plan AND c.last_day BETWEEN s.first_day AND s.last_day
        OR (c.last_day + interval '1 year')::date BETWEEN s.first_day AND s.last_day)))"""

FORGET_UNASKED: Final = f"DELETE FROM {SCHEMA}.summaries WHERE asked_on < $1"

# The card asked for last is computed first.
NEXT_STALE: Final = f"""
SELECT s.dependencia_id, u.code AS dependencia, s.plan, s.period, {ORGANISATION} AS organisation
FROM {SCHEMA}.summaries s JOIN {SCHEMA}.org_units u ON u.id = s.dependencia_id
WHERE s.stale ORDER BY s.asked_on DESC, s.dependencia_id, s.plan, s.period LIMIT 1 FOR UPDATE OF s"""

# $1 dependencia id, $2 plan, $3 period, $4 body, $5 day, $6 policy, $7 organisation, $8 position, $9 instant
STORE: Final = f"""
UPDATE {SCHEMA}.summaries SET body = $4, day = $5, policy = $6, organisation = $7, feed_position = $8,
       computed_at = $9, stale = false
WHERE dependencia_id = $1 AND plan = $2 AND period = $3"""
