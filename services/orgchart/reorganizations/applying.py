"""Applying is one transaction; what the other services do follows from its events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.kit.database import Connection
from services.kit.writing import Event, digest
from services.orgchart.appointments.closing import end_appointments
from services.orgchart.domain.organisation import ONE_DAY, Unit
from services.orgchart.domain.reorganisation import Outcome
from services.orgchart.posts.deriving import derive_posts
from services.orgchart.reorganizations import repository
from services.orgchart.reorganizations.problems import OrganisationChanged
from services.orgchart.reorganizations.proposing import Proposal
from services.orgchart.reorganizations.recording import announcement, provinces_now, write_down
from services.orgchart.reorganizations.schemas import ReorganizationIn


async def apply(
    connection: Connection, wanted: ReorganizationIn, proposal: Proposal, *, actor: str, now: datetime
) -> UUID:
    """Writes the reorganisation inside the caller's transaction. Raises OrganisationChanged."""
    await repository.lock(connection)
    outcome, before = proposal.outcome, proposal.before
    standing = await repository.organisation_of(connection)
    if standing != before:
        raise OrganisationChanged
    known = [code for code in outcome.touched if code not in outcome.created]
    kept = {
        "versions": repository.image_of(before, known),
        "provinces": await provinces_now(connection),
    }
    await repository.create_identities(connection, outcome.organisation, outcome.created)
    await repository.write_versions(connection, outcome.organisation, outcome.touched)
    await repository.change_levels(connection, outcome.organisation, outcome.levels, wanted.effective_on)
    await _add_resolution(connection, wanted)
    events = await _close_appointments(connection, outcome, before, wanted, actor, now)
    await derive_posts(connection)
    number = await _record(connection, wanted, proposal, kept, len(events), actor, now)
    await repository.write_successions(connection, outcome.organisation, outcome.successions, number)
    ids = [outcome.organisation[code].id for code in outcome.touched]
    events = [*(await repository.change_events(connection, ids)), *events]
    events.append(
        announcement("reorganization.applied", number, wanted.resolution, wanted.effective_on, outcome.touched)
    )
    await write_down(connection, number, events, "reorganization.apply", actor, now, wanted.reason)
    return number


async def _close_appointments(
    connection: Connection,
    outcome: Outcome,
    before: Mapping[str, Unit],
    wanted: ReorganizationIn,
    actor: str,
    now: datetime,
) -> list[Event]:
    ended = [before[code].id for code in outcome.ended]
    if not ended:
        return []
    return await end_appointments(
        connection, ended, wanted.effective_on - ONE_DAY, actor=actor, reason=wanted.resolution, now=now
    )


async def _add_resolution(connection: Connection, wanted: ReorganizationIn) -> None:
    """A resolution that is not known yet; a known one only counts more changes."""
    await connection.execute(
        """INSERT INTO orgchart.resolutions (code, date, in_force_from, changes, source)
           VALUES ($1, $2, $3, $4, 'reorganization')
           ON CONFLICT (code) DO UPDATE SET changes = orgchart.resolutions.changes + excluded.changes""",
        wanted.resolution,
        wanted.resolution_date or wanted.effective_on,
        wanted.effective_on,
        len(wanted.operations),
    )


async def _record(
    connection: Connection,
    wanted: ReorganizationIn,
    proposal: Proposal,
    kept: Mapping[str, Any],
    closed: int,
    actor: str,
    now: datetime,
) -> UUID:
    outcome, number = proposal.outcome, uuid4()
    operations = [operation.model_dump(mode="json") for operation in wanted.operations]
    await connection.execute(
        """INSERT INTO orgchart.reorganizations
               (id, resolution, resolution_date, provision, effective_on, reason, operations, impact, touched_ids,
                created_ids, closed_appointments, before, after_digest, status, applied_at, applied_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'propagating', $14, $15)""",
        number,
        wanted.resolution,
        wanted.resolution_date,
        wanted.provision,
        wanted.effective_on,
        wanted.reason,
        msgspec.json.encode(operations).decode(),
        msgspec.json.encode(proposal.impact).decode(),
        [outcome.organisation[code].id for code in outcome.touched],
        [outcome.organisation[code].id for code in outcome.created],
        closed,
        msgspec.json.encode(kept).decode(),
        digest(repository.image_of(outcome.organisation, outcome.touched)),
        now,
        actor,
    )
    return number
