"""The agreed list of infinitives: data with validity and author, never a constant of the code."""

from __future__ import annotations

from datetime import date

from services.kit.database import Connection, Pool


async def agreed_verbs(connection: Connection | Pool, day: date) -> frozenset[str]:
    """Folded infinitives in force on the day."""
    rows = await connection.fetch(
        "SELECT verb_folded FROM plans.lint_verbs WHERE $1 >= valid_from AND (valid_to IS NULL OR $1 <= valid_to)", day
    )
    return frozenset(row["verb_folded"] for row in rows)
