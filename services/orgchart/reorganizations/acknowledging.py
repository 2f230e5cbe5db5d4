"""Who has taken over a reorganisation: a follower that asks for the feed after its position has done it.

Followers store their cursor in one transaction with what the events changed, so nothing else needs to be told. The
acknowledgement is written down once; after a kill of anybody, the followers ask again from where they are.
"""

from __future__ import annotations

import asyncio
import logging

import asyncpg
from fastapi import FastAPI

from services.kit.database import Connection, asyncpg_arguments

log = logging.getLogger("iesspr.reorganizations")
# Services whose acknowledgement a reorganisation waits for.
FOLLOWERS = ("gateway", "indicators", "plans")
_EVERY_S = 0.5
_NOTE = """
    INSERT INTO orgchart.reorganization_acknowledgements (reorganization_id, service, feed_position, acknowledged_at)
    SELECT r.id, f.service, r.feed_position, $3 FROM orgchart.reorganizations r
    CROSS JOIN unnest($1::text[], $2::bigint[]) AS f (service, position)
    WHERE r.status IN ('propagating', 'undone') AND f.position >= r.feed_position
    ON CONFLICT DO NOTHING"""
_COMPLETE = """
    UPDATE orgchart.reorganizations r SET status = 'complete'
    WHERE r.status = 'propagating' AND NOT EXISTS (
        SELECT FROM unnest($1::text[]) AS f (name) WHERE NOT EXISTS (
            SELECT FROM orgchart.reorganization_acknowledgements a
            WHERE a.reorganization_id = r.id AND a.service = f.name AND a.feed_position >= r.feed_position))"""


async def follow_acknowledgements(app: FastAPI) -> None:
    """Start hook: notes acknowledgements in the background until the service stops."""
    app.state.acknowledging = asyncio.create_task(_follow(app), name="acknowledgements")


async def stop_acknowledging(app: FastAPI) -> None:
    """Stop hook; the start may have failed before the task began."""
    task: asyncio.Task[None] | None = getattr(app.state, "acknowledging", None)
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def note_acknowledgements(app: FastAPI, connection: Connection) -> None:
    """Writes down what the followers have done so far. A reorganisation that all have done is complete."""
    asked = {service_of(subject): position for subject, position in app.state.feed_followers.items()}
    known = {service: position for service, position in asked.items() if service in FOLLOWERS}
    if known:
        await connection.execute(_NOTE, list(known), list(known.values()), app.state.clock.now())
    await connection.execute(_COMPLETE, list(FOLLOWERS))


def service_of(subject: str) -> str:
    """`svc-plans` → `plans`; the gateway follows under its own name."""
    return subject.removeprefix("svc-").removeprefix("iesspr-")


async def _follow(app: FastAPI) -> None:
    connection: Connection | None = None
    seen: dict[str, int] = {}
    try:
        while True:
            await asyncio.sleep(_EVERY_S)
            if app.state.feed_followers == seen:
                continue
            try:
                if connection is None or connection.is_closed():
                    connection = await asyncpg.connect(**asyncpg_arguments(app.state.database.url))
                noted = dict(app.state.feed_followers)
                await note_acknowledgements(app, connection)
                seen = noted
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("acknowledgements cannot be written: %s", type(error).__name__)
    finally:
        if connection is not None:
            connection.terminate()  # nothing is under way that the next start would not note again
