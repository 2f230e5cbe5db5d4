"""Writing fed values: a version like any other when it changed, and one event for all of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import asyncpg

from services.indicators.domain.arithmetic import at_the_edge, percent_of
from services.indicators.feeding.statements import STORE
from services.indicators.filters import SCHEMA
from services.kit.database import Connection
from services.kit.writing import Audit, Event, seal


async def store(
    connection: Connection,
    cell: asyncpg.Record,
    numerator: Decimal,
    denominator: Decimal,
    source: str,
    now: datetime,
) -> bool:
    """Store 100 · numerator / denominator in a cell; False when it was there already."""
    value = at_the_edge(percent_of(numerator, denominator))
    return await store_value(connection, cell, value, numerator, denominator, source, now)


async def store_value(
    connection: Connection,
    cell: asyncpg.Record,
    value: Decimal,
    numerator: Decimal | None,
    denominator: Decimal | None,
    source: str,
    now: datetime,
) -> bool:
    """Store a fed value, with the terms it came from when there are any; False when it was there already."""
    version = await connection.fetchval(
        STORE,
        cell["dependencia_id"],
        cell["id"],
        cell["period"],
        value,
        numerator,
        denominator,
        now,
        source,
    )
    return version is not None


async def announce(connection: Connection, author: str, changed: Sequence[asyncpg.Record], now: datetime) -> None:
    """Feed and audit rows: the transaction's last statements."""
    groups = [
        {"dependencia": cell["dependencia"], "plan": cell["plan"], "periods": [cell["period"]]} for cell in changed
    ]
    await seal(
        connection,
        SCHEMA,
        now=now,
        events=[Event("measurements.recorded", author, {"source": author, "groups": groups})],
        audit=[Audit(author, "measurements.feed", "measurements", detail={"cells": len(changed)})],
    )
