"""What each staged row means: its post, its person, the appointment it changes. Set by set, never row by row."""

from __future__ import annotations

from typing import Final

from services.kit.database import Connection
from services.orgchart.permissions import APPOINTMENT_PUSH, PERSON_READ, PERSON_WRITE
from services.orgchart.posts.queries import LIFE
from services.orgchart.reach import reachable_ids
from services.orgchart.work import Work

_POSTS: Final = """
UPDATE wished_appointments w SET post_id = p.id, dependencia_id = p.dependencia_id, collegiate = p.collegiate
FROM orgchart.posts p JOIN orgchart.dependencias d ON d.id = p.dependencia_id
WHERE w.code IS NULL AND p.code = w.post AND (w.dependencia IS NULL OR d.code = w.dependencia)"""
_RESPONSIBLE_POSTS: Final = """
UPDATE wished_appointments w SET post_id = p.id, dependencia_id = p.dependencia_id, collegiate = p.collegiate
FROM orgchart.posts p JOIN orgchart.dependencias d ON d.id = p.dependencia_id
WHERE w.code IS NULL AND w.post IS NULL AND p.responsible AND d.code = w.dependencia"""
# $1 ids the caller may write, or NULL for all.
_UNKNOWN_POSTS: Final = """
UPDATE wished_appointments w SET code = CASE
    WHEN w.post_id IS NOT NULL THEN 'not-in-scope'
    WHEN w.post IS NULL THEN 'unknown-dependencia' ELSE 'unknown-post' END
WHERE w.code IS NULL AND (w.post_id IS NULL
    OR ($1::bigint[] IS NOT NULL AND NOT w.dependencia_id = ANY ($1)))"""
_OUTSIDE_POSTS: Final = f"""
UPDATE wished_appointments w SET code = 'outside-post-validity'
FROM orgchart.posts p, {LIFE}
WHERE w.code IS NULL AND NOT w.revoke AND p.id = w.post_id AND (w.valid_from < life.valid_from
    OR (life.valid_to IS NOT NULL AND (w.valid_to IS NULL OR w.valid_to > life.valid_to)))"""

# Whom the caller may see ($1: ids in reach of person:read): by file, or by any appointment. See people/queries.py.
_VISIBLE: Final = """($1::bigint[] IS NULL OR p.dependencia_id = ANY ($1) OR EXISTS (
    SELECT FROM orgchart.appointments a JOIN orgchart.posts post ON post.id = a.post_id
    WHERE a.person_id = p.id AND post.dependencia_id = ANY ($1)))"""
_PERSONS_BY_ID: Final = f"""
UPDATE wished_appointments w SET code = 'unknown-person'
WHERE w.code IS NULL AND w.person_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM orgchart.persons p WHERE p.id = w.person_id AND {_VISIBLE})"""
_PERSONS_BY_CEDULA: Final = f"""
UPDATE wished_appointments w SET person_id = p.id,
    code = CASE WHEN NOT {_VISIBLE} THEN 'not-in-scope' END, field = CASE WHEN NOT {_VISIBLE} THEN 'cedula' END,
    person_changes = (w.given_names <> p.given_names) IS TRUE OR (w.family_names <> p.family_names) IS TRUE
        OR (w.email IS NOT NULL AND w.email IS DISTINCT FROM p.email)
FROM orgchart.persons p WHERE w.code IS NULL AND w.person_id IS NULL AND p.cedula = w.cedula"""
# One id for all rows of one new person; any of them may carry the names.
_NEW_PERSONS: Final = """
WITH known AS MATERIALIZED (
    SELECT cedula, gen_random_uuid() AS id, count(given_names) > 0 AS named
    FROM wished_appointments WHERE code IS NULL AND person_id IS NULL GROUP BY cedula
)
UPDATE wished_appointments w SET person_id = known.id, new_person = true,
    code = CASE WHEN NOT known.named THEN 'person-incomplete' END
FROM known WHERE w.code IS NULL AND w.person_id IS NULL AND w.cedula = known.cedula"""
_MISMATCHES: Final = """
UPDATE wished_appointments w SET code = 'person-mismatch'
WHERE w.code IS NULL AND w.cedula IN (
    SELECT cedula FROM wished_appointments WHERE code IS NULL AND cedula IS NOT NULL GROUP BY cedula
    HAVING count(DISTINCT (given_names, family_names)) FILTER (WHERE given_names IS NOT NULL) > 1
        OR count(DISTINCT email) > 1)"""
# $1 ids whose persons the caller may write, or NULL for all.
_PERSONS_OUT_OF_REACH: Final = """
UPDATE wished_appointments w SET code = 'not-in-scope', field = 'cedula'
WHERE w.code IS NULL AND (w.new_person OR w.person_changes)
  AND $1::bigint[] IS NOT NULL AND NOT w.dependencia_id = ANY ($1)"""

_DUPLICATES: Final = """
UPDATE wished_appointments w SET code = 'duplicate-row'
WHERE w.code IS NULL AND (w.post_id, w.person_id, w.kind, w.valid_from) IN (
    SELECT post_id, person_id, kind, valid_from FROM wished_appointments WHERE code IS NULL
    GROUP BY post_id, person_id, kind, valid_from HAVING count(*) > 1)"""
_KNOWN_APPOINTMENTS: Final = """
UPDATE wished_appointments w SET appointment_id = a.id, old_from = a.valid_from, old_to = a.valid_to,
    document = CASE WHEN w.keep_document AND w.document IS NULL THEN a.document ELSE w.document END,
    subject = CASE WHEN w.keep_subject AND w.subject IS NULL THEN a.subject ELSE w.subject END,
    outcome = CASE WHEN NOT w.revoke AND NOT w.person_changes AND w.valid_to IS NOT DISTINCT FROM a.valid_to
        AND (w.document IS NULL AND w.keep_document OR w.document IS NOT DISTINCT FROM a.document)
        AND (w.subject IS NULL AND w.keep_subject OR w.subject IS NOT DISTINCT FROM a.subject)
        THEN 'unchanged' ELSE 'updated' END
FROM orgchart.appointments a
WHERE w.code IS NULL AND a.post_id = w.post_id AND a.person_id = w.person_id AND a.kind = w.kind
  AND a.valid_from = w.valid_from AND a.revoked_at IS NULL"""
# Who stands in receives the holder's grants, and nobody grants to themselves: $1 the caller's own account.
_OWN_ACCOUNTS: Final = """
UPDATE wished_appointments w SET code = 'own-account'
WHERE w.code IS NULL AND w.kind <> 'holder' AND w.subject = $1 AND NOT w.revoke
  AND w.outcome IS DISTINCT FROM 'unchanged'"""
# Who is to blame when two rows clash: the one that takes more. Standing facts have rank -1.
_RANKS: Final = """
UPDATE wished_appointments w SET outcome = coalesce(w.outcome, 'created'), rank = CASE
    WHEN w.appointment_id IS NULL THEN 2
    WHEN coalesce(w.valid_to, 'infinity') > coalesce(w.old_to, 'infinity') THEN 1 ELSE 0 END
WHERE w.code IS NULL"""


async def resolve(connection: Connection, work: Work) -> None:
    """Finds what every staged row names, and marks those that name nothing or something out of reach."""
    caller, day = work.caller, work.today
    writable = await reachable_ids(connection, caller, APPOINTMENT_PUSH, day)
    readable = await reachable_ids(connection, caller, PERSON_READ, day)
    persons = await reachable_ids(connection, caller, PERSON_WRITE, day)
    await connection.execute(_POSTS)
    await connection.execute(_RESPONSIBLE_POSTS)
    await connection.execute(_UNKNOWN_POSTS, writable)
    await connection.execute(_OUTSIDE_POSTS)
    await connection.execute(_PERSONS_BY_ID, readable)
    await connection.execute(_MISMATCHES)
    await connection.execute(_PERSONS_BY_CEDULA, readable)
    await connection.execute(_NEW_PERSONS)
    await connection.execute(_PERSONS_OUT_OF_REACH, persons)
    await connection.execute(_DUPLICATES)
    await connection.execute(_KNOWN_APPOINTMENTS)
    await connection.execute(_OWN_ACCOUNTS, caller.subject)
    await connection.execute(_RANKS)
