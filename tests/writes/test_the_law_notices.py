"""Faults planted into the write path: each makes an example break the law, so a law that holds says something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from services.kit import idempotency
from services.kit.database import raw
from services.kit.writing import seal
from services.plans import work as plans_work
from services.plans.work import Work
from tests.writes.catalogue import CATALOGUE
from tests.writes.example import Call
from tests.writes.laws import broken
from tests.writes.world import Writers

pytestmark = pytest.mark.xdist_group("writes")
Plant = Callable[[pytest.MonkeyPatch], None]


def no_trail(patch: pytest.MonkeyPatch) -> None:
    async def without_audit(connection: Any, schema: str, **rest: Any) -> Any:
        return await seal(connection, schema, **{**rest, "audit": ()})

    patch.setattr(plans_work, "seal", without_audit)


def no_feed(patch: pytest.MonkeyPatch) -> None:
    async def without_events(connection: Any, schema: str, **rest: Any) -> Any:
        return await seal(connection, schema, **{**rest, "events": ()})

    patch.setattr(plans_work, "seal", without_events)


def changed_rows(**changes: Any) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        record = Work.record

        def recorded(work: Work, *arguments: Any, **rest: Any) -> None:
            record(work, *arguments, **rest)
            work.audit[-1] = replace(work.audit[-1], **changes)

        patch.setattr(Work, "record", recorded)

    return plant


def a_transaction_of_its_own(patch: pytest.MonkeyPatch) -> None:
    async def elsewhere(_: Any, schema: str, **rest: Any) -> Any:
        async with DATABASES["plans"].sessions() as session, session.begin():
            return await seal(await raw(session), schema, **rest)

    patch.setattr(plans_work, "seal", elsewhere)


def committed_before_the_end(patch: pytest.MonkeyPatch) -> None:
    async def early(connection: Any, schema: str, **rest: Any) -> Any:
        await connection.execute("COMMIT")
        await connection.execute("BEGIN")
        return await seal(connection, schema, **rest)

    patch.setattr(plans_work, "seal", early)


def no_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(idempotency, "idempotency_key", lambda *_, **__: None)


def any_body_under_a_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(idempotency, "request_digest", lambda *_: "the same")


DATABASES: Final[dict[str, Any]] = {}
SAID: Final = "rosalba@example.org"
NOBODYS: Final = "0" * 64
FAULTS: Final[dict[str, tuple[Plant, str]]] = {
    "no audit row": (no_trail, "although its commit failed"),
    "no event": (no_feed, "events []"),
    "another actor": (changed_rows(actor="system"), "system for None, not oficina for oficina.titular"),
    "for somebody else": (changed_rows(acting_for="direccion"), "oficina for direccion, not oficina for"),
    "no place": (changed_rows(dependencia=None), "in None, not DG"),
    "another target": (changed_rows(target="0"), "audit rows [("),
    "digests of nothing": (changed_rows(before_digest=NOBODYS, after_digest=NOBODYS), "before and after are the same"),
    "what was said": (changed_rows(detail={"said": SAID}), f"audit row holds {SAID}"),
    "the trail in another transaction": (a_transaction_of_its_own, "outside the transaction of its audit row"),
    "committed before the trail": (committed_before_the_end, "although its commit failed"),
    "keys ignored": (no_key, "kept 0 answers"),
    "any body under a key": (any_body_under_a_key, "another request under its key: 2"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_breaks_the_law(writers: Writers, name: str) -> None:
    DATABASES["plans"] = writers.world.apps["plans"].state.database
    plant, complaint = FAULTS[name]
    [example] = [e for e in CATALOGUE if e.operation == "POST /api/v1/observations/{number}/resolution"]
    call = replace(await example.make(writers), hidden=(SAID,))

    async def prepared(_: Writers) -> Call:
        return call

    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        wrong = await broken(writers, replace(example, make=prepared))

    assert complaint in "\n".join(wrong), wrong
