"""Adding posts and changing what is known of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import msgspec

from services.kit.answers import etag_for
from services.kit.database import Connection
from services.kit.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from services.kit.writing import Event, digest, seal
from services.orgchart.appointments.repository import PEOPLE_LOCK
from services.orgchart.named import dependencia_id_of
from services.orgchart.permissions import PERSON_WRITE
from services.orgchart.posts.queries import LIFE, post_document
from services.orgchart.posts.schemas import NewPost, PostFacts
from services.orgchart.reach import reaches
from services.orgchart.work import Work

_LIVING = "appointments a WHERE a.post_id = p.id AND a.revoked_at IS NULL"


class UnknownPost(NotFound):
    code = "unknown-post"
    title = "Puesto desconocido"
    default_detail = "Ningún puesto tiene ese código. Revise el código en /posts."


class PostNameMissing(Invalid):
    code = "post-name-missing"
    title = "Falta el nombre del puesto"
    default_detail = "Solo el puesto responsable puede quedar sin nombre propio: su nombre es el que dice el ROF."


class PostLifeInvalid(Invalid):
    code = "post-life-invalid"
    title = "Vigencia del puesto no válida"
    default_detail = "El puesto termina el día en que comienza o después, y comienza con su dependencia o después."


class PostInUse(Conflict):
    """Appointments stand that the change would make unlawful."""

    code = "post-in-use"
    title = "El puesto tiene designaciones que lo impiden"
    default_detail = "Hay designaciones fuera de la nueva vigencia, o simultáneas en un puesto ya no colegiado."


async def add_post(connection: Connection, work: Work, new: NewPost) -> tuple[str, str]:
    """Code and JSON of the new post. Raises DependenciaNotFound, Forbidden, PostLifeInvalid."""
    dependencia_id = await dependencia_id_of(connection, new.dependencia)
    await _may_write(connection, work, dependencia_id)
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise PostLifeInvalid
    # The dependencia's row is locked: two new posts cannot take one number.
    code = await connection.fetchval(
        """INSERT INTO orgchart.posts
               (id, code, dependencia_id, responsible, collegiate, name, valid_from, valid_to, version)
           SELECT nextval('orgchart.post_ids'),
                  $1 || '.' || lpad((coalesce(max(split_part(p.code, '.', 2)::int), 1) + 1)::text, 2, '0'),
                  $2, false, $3, $4, $5, $6, 1
           FROM orgchart.posts p WHERE p.dependencia_id = $2
           RETURNING code""",
        new.dependencia,
        dependencia_id,
        new.collegiate,
        new.name,
        new.valid_from,
        new.valid_to,
    )
    await _check_life(connection, code)
    return code, await _recorded(connection, work, "post.add", code, None)


async def change_post(connection: Connection, work: Work, code: str, facts: PostFacts, if_match: Any) -> str:
    """The JSON of the changed post. if_match: called with the current ETag.

    Raises UnknownPost, Forbidden, PostNameMissing, PostLifeInvalid, PostInUse and what if_match raises.
    """
    # No appointment may be made meanwhile that the new life of the post would leave outside.
    await connection.execute(PEOPLE_LOCK)
    post = await connection.fetchrow(
        "SELECT id, dependencia_id, responsible FROM orgchart.posts WHERE code = $1 FOR UPDATE", code
    )
    if post is None:
        raise UnknownPost
    await _may_write(connection, work, post["dependencia_id"])
    before = await _document(connection, code, work.today)
    if_match(etag_for(before))
    if facts.name is None and not post["responsible"]:
        raise PostNameMissing(errors=[FieldError("/name", PostNameMissing.code, PostNameMissing.default_detail)])
    if facts.valid_from and facts.valid_to and facts.valid_to < facts.valid_from:
        raise PostLifeInvalid
    try:
        await connection.execute(
            """UPDATE orgchart.posts SET name = $2, collegiate = $3, valid_from = $4, valid_to = $5,
                   version = version + 1 WHERE id = $1""",
            post["id"],
            facts.name,
            facts.collegiate,
            facts.valid_from,
            facts.valid_to,
        )
    except asyncpg.ExclusionViolationError as error:
        raise PostInUse from error
    await _check_life(connection, code)
    return await _recorded(connection, work, "post.change", code, before)


async def _may_write(connection: Connection, work: Work, dependencia_id: int) -> None:
    if not await reaches(connection, work.caller, PERSON_WRITE, dependencia_id, work.today):
        raise Forbidden


async def _check_life(connection: Connection, code: str) -> None:
    """A post lives within its dependencia's life, and its appointments within its own."""
    row = await connection.fetchrow(
        f"""SELECT life.valid_from < first.day OR life.valid_to < life.valid_from AS invalid, EXISTS (
                SELECT FROM orgchart.{_LIVING} AND (a.valid_from < life.valid_from OR (life.valid_to IS NOT NULL
                    AND (a.valid_to IS NULL OR a.valid_to > life.valid_to)))) AS in_use
            FROM orgchart.posts p JOIN {LIFE} ON true
            JOIN LATERAL (SELECT min(v.valid_from) AS day FROM orgchart.dependencia_versions v
                WHERE v.dependencia_id = p.dependencia_id) first ON true
            WHERE p.code = $1""",
        code,
    )
    if row is not None and row["invalid"]:
        raise PostLifeInvalid
    if row is not None and row["in_use"]:
        raise PostInUse


async def _document(connection: Connection, code: str, day: date) -> str:
    document = await post_document(connection, code, day)
    if document is None:
        raise UnknownPost
    return document


async def _recorded(connection: Connection, work: Work, action: str, code: str, before: str | None) -> str:
    """Feed and audit rows of a change, then the post's JSON."""
    after = await _document(connection, code, work.today)
    dependencia = msgspec.json.decode(after)["dependencia"]
    audit = work.audit(
        action,
        f"posts/{code}",
        dependencia,
        before_digest=None if before is None else digest(msgspec.json.decode(before)),
        after_digest=digest(msgspec.json.decode(after)),
    )
    event = Event("post.changed", code, {"post": code, "dependencia": dependencia}, dependencia)
    await seal(connection, "orgchart", now=work.now, events=[event], audit=[audit])
    return after
