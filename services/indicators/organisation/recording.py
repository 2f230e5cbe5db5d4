"""What the replica is told is written down with the instant it was told, and nothing of it is overwritten.

The instant is that of this service, not of orgchart: until the replica has applied a reorganisation, cards are read by
the tree before it, and a reading of that instant must be too. What the first snapshot brings counts as always known.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from services.kit.clock import Clock
from services.kit.database import Connection

_WITHDRAW: Final = """
UPDATE indicators.{table} SET superseded_at = greatest($3, recorded_at)
WHERE superseded_at = 'infinity' AND {unit} = ANY ($2::bigint[]) AND NOT EXISTS ({told} WHERE {same})"""
_ADD: Final = """
INSERT INTO indicators.{table} ({columns}, recorded_at, superseded_at)
SELECT {values}, CASE WHEN $2::boolean THEN timestamptz '-infinity' ELSE $3 END, 'infinity' {source}
WHERE NOT EXISTS (SELECT FROM indicators.{table} k WHERE k.superseded_at = 'infinity' AND {same})
ON CONFLICT ({key}, recorded_at) DO UPDATE SET superseded_at = 'infinity', {again}"""

_PLACES: Final = """FROM jsonb_array_elements($1::jsonb) r CROSS JOIN jsonb_array_elements(r->'versions') v"""
_SUCCESSORS: Final = """FROM jsonb_array_elements($1::jsonb) r
    CROSS JOIN jsonb_array_elements(coalesce(r->'successors', '[]')) s"""


def _same_place(kept: str) -> str:
    return f"""({kept}.unit_id, {kept}.valid_from, {kept}.valid_to, {kept}.code, {kept}.name, {kept}.parent_id,
         {kept}.province)
        IS NOT DISTINCT FROM ((r->>'id')::bigint, (v->>'valid_from')::date, (v->>'valid_to')::date, r->>'code',
                              v->>'name', (v->>'parent_id')::bigint, v->>'province')"""


def _same_succession(kept: str) -> str:
    return f"""({kept}.predecessor_id, {kept}.successor_id, {kept}.effective_on, {kept}.share)
        = ((r->>'id')::bigint, (s->>'id')::bigint, (s->>'effective_on')::date, (s->>'share')::numeric)"""


_STATEMENTS: Final = (
    (
        _WITHDRAW.format(
            table="org_history", unit="unit_id", told=f"SELECT {_PLACES}", same=_same_place("org_history")
        ),
        _ADD.format(
            table="org_history",
            columns="unit_id, valid_from, valid_to, code, name, parent_id, province",
            values="""(r->>'id')::bigint, (v->>'valid_from')::date, (v->>'valid_to')::date, r->>'code', v->>'name',
                (v->>'parent_id')::bigint, v->>'province'""",
            source=_PLACES,
            same=_same_place("k"),
            key="unit_id, valid_from",
            again="""valid_to = excluded.valid_to, name = excluded.name, parent_id = excluded.parent_id,
                province = excluded.province""",
        ),
    ),
    (
        _WITHDRAW.format(
            table="org_successions",
            unit="predecessor_id",
            told=f"SELECT {_SUCCESSORS}",
            same=_same_succession("org_successions"),
        ),
        _ADD.format(
            table="org_successions",
            columns="predecessor_id, successor_id, effective_on, share",
            values="(r->>'id')::bigint, (s->>'id')::bigint, (s->>'effective_on')::date, (s->>'share')::numeric",
            source=_SUCCESSORS,
            same=_same_succession("k"),
            key="predecessor_id, successor_id, effective_on",
            again="share = excluded.share",
        ),
    ),
)


class OrganisationRecorder:
    """The replica's recorder: called with whole records, inside the transaction that stores them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def record(
        self, connection: Connection, records: Sequence[Mapping[str, Any]], removed: Sequence[int]
    ) -> None:
        """Withdraw what the records no longer say, add what they say anew; removed ids say nothing any more."""
        told = msgspec.json.encode(list(records)).decode()
        ids = [*(record["id"] for record in records), *removed]
        first = not await connection.fetchval("SELECT EXISTS (SELECT FROM indicators.org_history)")
        now = self._clock.now()
        for withdraw, add in _STATEMENTS:
            await connection.execute(withdraw, told, ids, now)
            await connection.execute(add, told, first, now)
