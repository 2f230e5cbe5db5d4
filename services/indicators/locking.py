"""The lock every writer of cells takes: one per dependencia, in order, until the transaction ends.

It is granted before the statement that reads the cells takes its snapshot, so what a writer replaces is what it
read, and no version of a cell is lost between two writers.
"""

from collections.abc import Sequence
from typing import Final

from services.kit.database import Connection

# The key space of pg_advisory_xact_lock(bigint) is shared with the kit's hashes; ids are small, and the offset keeps
# these keys recognisable in pg_locks.
OFFSET: Final = 7_301_000_000_000_000


async def lock_dependencias(connection: Connection, ids: Sequence[int]) -> None:
    """Take the locks of these dependencias."""
    await connection.execute(
        f"""SELECT count(pg_advisory_xact_lock({OFFSET} + d.id))
            FROM (SELECT DISTINCT unnest($1::bigint[]) AS id ORDER BY 1) d""",
        ids,
    )
