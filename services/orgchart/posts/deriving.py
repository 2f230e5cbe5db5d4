"""Every dependencia has the post that answers for it, derived from the regulation's "Responsable".

Only its existence is stored. Name and life are read from the versions of the dependencia, so a reform that renames or
closes it needs nothing here. A collegiate body's responsible is its members: there several hold the post at once.
"""

from __future__ import annotations

from fastapi import FastAPI

from services.kit.database import Connection, Database, raw
from services.kit.writing import Audit, Event, seal

# "Vocales del Consejo Directivo", "Miembros de la Comisión …"
_DERIVE = """
    INSERT INTO orgchart.posts (id, code, dependencia_id, responsible, collegiate, version)
    SELECT nextval('orgchart.post_ids'), d.code || '.01', d.id, true,
           coalesce(last.responsible_post ~ '^(Vocales|Miembros) ', false), 1
    FROM orgchart.dependencias d
    JOIN LATERAL (SELECT v.kind, v.responsible_post FROM orgchart.dependencia_versions v WHERE v.dependencia_id = d.id
                  ORDER BY v.valid_from DESC LIMIT 1) last ON true
    WHERE last.kind <> 'institution' AND NOT EXISTS (
        SELECT FROM orgchart.posts p WHERE p.dependencia_id = d.id AND p.responsible)
    ORDER BY d.id
    RETURNING id"""


async def derive_posts(connection: Connection) -> int:
    """Gives a responsible post to every dependencia that has none. Returns how many were added.

    Call it in the transaction that writes dependencias. The institution itself is no unit: the Dirección General
    answers for it.
    """
    return len(await connection.fetch(_DERIVE))


async def derive_on_start(app: FastAPI) -> None:
    """Start hook: posts of dependencias that were there before posts were."""
    database: Database = app.state.database
    async with database.sessions() as session, session.begin():
        connection = await raw(session)
        added = await derive_posts(connection)
        if added:
            note = Audit(actor="system", action="posts.derive", target="posts", detail={"added": added})
            changed = Event("post.changed", "posts", {"added": added})
            await seal(connection, "orgchart", now=app.state.clock.now(), events=[changed], audit=[note])
