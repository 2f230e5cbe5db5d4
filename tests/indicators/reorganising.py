"""Reorganisations as the replica is told of them: whole records, with versions and successors."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg

from services.indicators.organisation.recording import OrganisationRecorder
from services.kit.clock import FixedClock
from services.kit.database import asyncpg_arguments
from services.kit.organisation import rebuild_closure, remove_records, store_records
from tests.support.organisation import VERSION, records

ONE_DAY = timedelta(days=1)


class Desk:
    """The organisation's records, changed one operation after the other, all on one day."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.records: dict[str, dict[str, Any]] = {record["code"]: record for record in records()}
        self.touched: set[str] = set()

    def number(self, code: str) -> int:
        return int(self.records[code]["id"])

    def create(self, code: str, parent: str, province: str | None = None) -> None:
        number = max(record["id"] for record in self.records.values()) + 1
        facts = {"name": f"Unidad {code}", "parent_id": self.number(parent), "numeral": None, "valid_to": None,
                 "province": province}  # fmt: skip
        version = {**facts, "valid_from": self.day.isoformat()}
        self.records[code] = {
            **version, "id": number, "code": code, "kind": "unit", "versions": [version], "successors": [],
        }  # fmt: skip
        self.touched.add(code)

    def rename(self, code: str, name: str) -> None:
        self._next_version(code, name=name)

    def move(self, code: str, parent: str, **changes: Any) -> None:
        self._next_version(code, parent_id=self.number(parent), **changes)

    def end(self, code: str, successors: Mapping[str, str] | None = None) -> None:
        """No more from the day on; successors: shares by code."""
        self._close(code)
        self.hand_over(code, successors or {})

    def hand_over(self, code: str, successors: Mapping[str, str]) -> None:
        """Successors of a unit, which may live on as one of them."""
        told = [
            {"id": self.number(heir), "effective_on": self.day.isoformat(), "share": share}
            for heir, share in successors.items()
        ]
        self.records[code]["successors"] = [*self.records[code].get("successors", []), *told]
        self.touched.add(code)

    def _close(self, code: str) -> None:
        record = self.records[code]
        record["valid_to"] = record["versions"][-1]["valid_to"] = (self.day - ONE_DAY).isoformat()
        self.touched.add(code)

    def _next_version(self, code: str, **changes: Any) -> None:
        self._close(code)
        record = self.records[code]
        record.update({"valid_to": None, **changes})
        version = {key: record[key] for key in VERSION} | {"valid_from": self.day.isoformat()}
        record["versions"].append(version)


async def tell(url: str, told: Sequence[Mapping[str, Any]], clock: FixedClock, removed: Sequence[int] = ()) -> None:
    """What the replica does with an event page that carries these records."""
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        async with connection.transaction():
            await store_records(connection, "indicators", told)
            await remove_records(connection, "indicators", removed)
            await OrganisationRecorder(clock).record(connection, told, removed)
            await rebuild_closure(connection, "indicators", clock.today())
            await connection.execute(
                """INSERT INTO indicators.org_cursor (source, position, closure_on) VALUES ('orgchart', 1, $1)
                   ON CONFLICT (source) DO UPDATE SET position = org_cursor.position + 1, closure_on = $1""",
                clock.today(),
            )
    finally:
        await connection.close()


async def reorganise(url: str, desk: Desk, clock: FixedClock) -> None:
    await tell(url, [desk.records[code] for code in sorted(desk.touched)], clock)
