"""Who is turned away is in the trail exactly once, wherever in the stack it happened, with the reason and the place."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import uuid4

import pytest

from services.kit.collecting import AT_MOST, REFUSAL
from tests.writes.catalogue.own_account import signed_in
from tests.writes.example import Call
from tests.writes.traces import refusals_of
from tests.writes.world import ADMIN, AUDITOR, OFFICE, PASSWORD, SYSTEMS, Writers

pytestmark = pytest.mark.xdist_group("writes")

BUDGET: Final = {"year": 2025, "month": 13, "company": "215", "printed_code": "215", "printed_name": "Fondo"}
FIGURES: Final = {"group": None, "current": "1", "accrued": "1"}
APPOINTMENT: Final = {"post": "NADIE", "cedula": "1710034065", "kind": "holder", "valid_from": "2024-02-01"}
MEASUREMENT: Final = {"assignment": "POA-2019.DP-AZUAY.999", "period": "2019-01", "value": "1"}


async def refused(
    writers: Writers, call: Call, method: str = "POST", **rest: Any
) -> tuple[int, str, list[dict[str, Any]]]:
    """Status and code of a call, and what the trail says of it."""
    request_id = str(uuid4())
    status, _, body = await writers.send(call, method, request_id=request_id, **rest)
    assert 400 <= status < 500, body
    return status, body.decode(), await refusals_of(writers, request_id)


@pytest.mark.parametrize(
    ("who", "path", "row", "action", "reason"),
    [
        ("budget", "budget-execution-batches", BUDGET | FIGURES, "budget-execution.received", "batch-rejected"),
        ("measurements", "measurement-batches", MEASUREMENT, "measurement-batch.receive", "batch-rejected"),
        ("people", "appointment-batches", APPOINTMENT, "appointment-batch.receive", "batch-rejected"),
    ],
)
@pytest.mark.parametrize("mode", ["partial", "atomic"])
async def test_a_refused_batch_says_so_in_the_transaction_of_its_receipt(
    writers: Writers, who: str, path: str, row: dict[str, Any], action: str, reason: str, mode: str
) -> None:
    call = Call(SYSTEMS[who], f"/api/v1/{path}?mode={mode}", {"source": "prueba", "rows": [row]})
    key = str(uuid4())

    status, body, rows = await refused(writers, call, key=key)
    again_status, _, again = await refused(writers, call, key=key)

    assert (status, again_status) == (422, 422), body
    assert [(r["actor"], r["action"], r["outcome"], r["reason"]) for r in rows] == [
        (SYSTEMS[who], action, "refused", reason)
    ]
    assert again == [], "the repetition of an answer decides nothing"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason", "target"),
    [
        ("POST", "plans/POA-2025/nonsense", {}, 404, "not-found", "POST plans/POA-2025/nonsense"),
        ("PUT", "plans", {}, 405, "method-not-allowed", "PUT plans"),
        ("POST", "plans", b"{", 400, "invalid-json", "POST plans"),
        ("POST", "plans?nonsense=1", {}, 422, "unknown-parameter", "POST plans"),
        ("POST", "grants", {"nonsense": 1}, 422, "invalid", "POST grants"),
        ("PATCH", "persons/1712345678", {}, 403, "forbidden", "PATCH persons/…"),
        ("PATCH", "users/clave%20secreta", {}, 404, "not-found", "PATCH users/…"),
    ],
)
async def test_refusals_before_the_route_name_their_subject_and_nothing_that_was_typed(
    writers: Writers, method: str, path: str, body: Any, status: int, reason: str, target: str
) -> None:
    who = ADMIN if path.startswith(("users", "grants")) else OFFICE

    found_status, text, rows = await refused(writers, Call(who, f"/api/v1/{path}", body), method)

    assert found_status == status, text
    assert [(r["action"], r["target"], r["reason"]) for r in rows] == [(REFUSAL, target, reason)]


async def test_what_is_not_there_is_refused_where_its_code_says(writers: Writers) -> None:
    call = Call(OFFICE, "/api/v1/assignments/POA-2019.DP-AZUAY.999/targets/2019-01", {"value": "1", "kind": "level"})

    status, text, rows = await refused(writers, call, "PUT")

    assert status == 404, text
    assert [(r["actor"], r["dependencia"]) for r in rows] == [(OFFICE, "DP-AZUAY")]


async def test_one_who_may_not_there_is_refused_for_whom_they_stand_in(writers: Writers) -> None:
    wish = {"subject": ADMIN, "role": "viewer", "dependencia": "DP-AZUAY"}

    status, text, rows = await refused(writers, Call(ADMIN, "/api/v1/grants", wish))

    assert status == 422, text
    assert [(r["actor"], r["acting_for"], r["dependencia"], r["reason"]) for r in rows] == [
        (ADMIN, f"{ADMIN}.titular", "DP-AZUAY", "grant-to-oneself")
    ]


async def test_a_wrong_password_and_an_ended_session_are_told_once(writers: Writers) -> None:
    name, answer, _ = await signed_in(writers)
    change = {"current": "no es esta", "new": "Manglar-silencioso-58"}

    wrong = await refused(writers, Call(name, "/api/v1/me/password", change, token=answer["access_token"]))
    await writers.post(name, "/me/password", {"current": PASSWORD, "new": "Manglar-silencioso-58"})
    ended = await refused(writers, Call(name, "/api/v1/me/second-factor", token=answer["access_token"]))

    for (status, _, rows), reason in ((wrong, "invalid-credentials"), (ended, "unauthorized")):
        assert status == 401
        assert [(r["actor"], r["reason"], r["outcome"]) for r in rows] == [(name, reason, "refused")]


async def test_reading_the_trail_finds_what_was_refused_just_now(writers: Writers) -> None:
    request_ids = [str(uuid4()) for _ in range(3)]
    for request_id, path in zip(request_ids, ("plans", "users", "posts"), strict=True):
        await writers.send(Call(AUDITOR, f"/api/v1/{path}", {}), "POST", request_id=request_id)

    found = [await writers.do(AUDITOR, "GET", f"/audit-events?request_id={one}") for one in request_ids]

    assert [[row["chain"] for row in page["items"]] for page in found] == [["plans"], ["gateway"], ["orgchart"]]


async def test_a_flood_of_refusals_is_counted_and_does_not_grow(writers: Writers) -> None:
    collected = writers.world.apps["plans"].state.turned_away
    await refused(writers, Call(AUDITOR, "/api/v1/plans", {}))
    noted = collected.note
    collected.note = lambda given: [noted(given) for _ in range(AT_MOST + 7)]
    try:
        request_id = str(uuid4())
        await writers.send(Call(AUDITOR, "/api/v1/plans", {}), "POST", request_id=request_id)
    finally:
        del collected.note

    rows = await refusals_of(writers, request_id)
    [one] = await writers.run("plans", "SELECT detail FROM plans.audit_events ORDER BY position DESC LIMIT 1")
    assert len(rows) == AT_MOST
    assert json.loads(one["detail"]) == {"dropped": 7}
