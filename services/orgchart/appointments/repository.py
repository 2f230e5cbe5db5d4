"""SQL that every change of appointments shares."""

from __future__ import annotations

from typing import Final

# Writers of people and appointments take turns: what one has checked, no other changes before it commits.
PEOPLE_LOCK: Final = "SELECT pg_advisory_xact_lock(7302000000000000)"

# $1 ids, $2 now, $3 who, $4 why, $5 batch: what each appointment says from now on.
REVISE: Final = """
    INSERT INTO orgchart.appointment_revisions
        (appointment_id, version, valid_to, document, subject, revoked_at, recorded_at, recorded_by, reason, batch_id)
    SELECT a.id, a.version, a.valid_to, a.document, a.subject, a.revoked_at, $2, $3, $4, $5
    FROM orgchart.appointments a WHERE a.id = ANY ($1::uuid[])"""
