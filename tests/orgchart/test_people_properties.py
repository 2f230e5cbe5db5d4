"""Whatever is asked in whatever order: what stands obeys the rules, and who answers is whom a plain reading names.

The oracle knows nothing of SQL: a list of appointments, days one by one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.database import asyncpg_arguments
from tests.conftest import TestServer
from tests.orgchart.harness import Orgchart, orgchart_service
from tests.orgchart.people import cedula
from tests.support.examples import examples

FIRST = date(2024, 1, 1)
DAYS = 12
FAR = DAYS + 3
POSTS = ("DP-AZUAY.01", "CD.01")
COLLEGIATE = {"CD.01"}
QUIET = settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Stay:
    """An appointment as the oracle knows it: person, post, kind, first and last day (inclusive numbers)."""

    person: int
    post: str
    kind: str
    first: int
    last: int

    @property
    def key(self) -> tuple[int, str, str, int]:
        return (self.person, self.post, self.kind, self.first)

    @property
    def days(self) -> frozenset[int]:
        return frozenset(range(self.first, self.last + 1))

    def row(self) -> dict[str, Any]:
        return {
            "cedula": cedula(self.person), "given_names": "N", "family_names": "A", "post": self.post,
            "kind": self.kind, "valid_from": day(self.first),
            "valid_to": None if self.last == FAR else day(self.last),
        }  # fmt: skip


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def lawful(stays: list[Stay]) -> bool:
    """The rules, read plainly."""
    return not any(clash(a, b) for a, b in combinations(stays, 2)) and all(
        carried(stay, stays) for stay in stays if stay.kind == "substitute"
    )


def clash(a: Stay, b: Stay) -> bool:
    same_lane = a.post == b.post and (a.kind == "substitute") == (b.kind == "substitute")
    excluded = a.post not in COLLEGIATE or a.person == b.person
    return same_lane and excluded and bool(a.days & b.days)


def carried(substitute: Stay, stays: list[Stay]) -> bool:
    return any(
        substitute.days <= other.days
        for other in stays
        if other.post == substitute.post and other.kind != "substitute" and other.person != substitute.person
    )


def answers(stays: list[Stay], number: int) -> tuple[int, str] | None:
    """Who answers for Azuay on a day."""
    there = [stay for stay in stays if stay.post == "DP-AZUAY.01" and number in stay.days]
    for kind in ("substitute", "acting", "holder"):
        for stay in there:
            if stay.kind == kind:
                return stay.person, kind
    return None


def merged(stays: list[Stay], wishes: list[Stay]) -> list[Stay]:
    """What would stand if every wish were granted."""
    return list(({stay.key: stay for stay in stays} | {wish.key: wish for wish in wishes}).values())


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    first = draw(st.integers(0, DAYS))
    return Stay(
        person=draw(st.integers(1, 3)),
        post=draw(st.sampled_from((*POSTS[:1], *POSTS))),
        kind=draw(st.sampled_from(("holder", "holder", "acting", "substitute"))),
        first=first,
        last=draw(st.one_of(st.integers(first, DAYS), st.just(FAR))),
    )


batches = st.lists(st.lists(stays(), min_size=1, max_size=4, unique_by=lambda stay: stay.key), min_size=1, max_size=6)


@pytest_asyncio.fixture(scope="module")
async def service(postgres: TestServer) -> AsyncIterator[Orgchart]:
    urls = await postgres.fresh_database("orgchart")
    async with orgchart_service(urls) as orgchart:
        yield orgchart


class Office:
    """Human resources in front of an orgchart without appointments."""

    def __init__(self, orgchart: Orgchart) -> None:
        self.orgchart = orgchart
        self.sent = 0

    async def start(self) -> None:
        connection = await asyncpg.connect(**asyncpg_arguments(self.orgchart.app.state.database.url))
        try:
            for table in ("appointment_revisions", "appointments", "absences", "idempotency_keys"):
                await connection.execute(f"DELETE FROM orgchart.{table}")
        finally:
            await connection.close()

    async def push(self, wishes: list[Stay], mode: str) -> tuple[int, list[str]]:
        self.sent += 1
        response = await self.orgchart.call(
            "POST",
            "/appointment-batches",
            {"source": "x", "rows": [wish.row() for wish in wishes]},
            headers={"Idempotency-Key": f"k{self.sent}"},
            mode=mode,
        )
        assert response.status_code in (201, 422), response.text
        return response.status_code, [row["outcome"] for row in response.json()["rows"]]

    async def standing(self) -> list[Stay]:
        """What stands, as the lists tell it."""
        people = {person["person_id"]: person["cedula"] for person in await self.orgchart.items("/persons")}
        numbers = {cedula(number): number for number in range(1, 4)}
        return [
            Stay(
                numbers[people[item["person"]]],
                item["post"],
                item["kind"],
                (date.fromisoformat(item["valid_from"]) - FIRST).days,
                FAR if item["valid_to"] is None else (date.fromisoformat(item["valid_to"]) - FIRST).days,
            )
            for item in await self.orgchart.items("/appointments")
        ]


@pytest.mark.laws
@QUIET
@given(batches=batches)
async def test_all_or_nothing_lands_exactly_when_the_outcome_is_lawful(
    service: Orgchart, batches: list[list[Stay]]
) -> None:
    office, model = Office(service), list[Stay]()
    await office.start()

    for wishes in batches:
        wanted = merged(model, wishes)
        status, _ = await office.push(wishes, "atomic")
        assert (status == 201) == lawful(wanted), wishes
        model = wanted if status == 201 else model

    assert sorted(map(repr, await office.standing())) == sorted(map(repr, model))


@pytest.mark.laws
@QUIET
@given(batches=batches, asked=st.lists(st.integers(-1, FAR), min_size=1, max_size=3))
async def test_what_lands_row_by_row_is_lawful_and_who_answers_is_whom_the_days_name(
    service: Orgchart, batches: list[list[Stay]], asked: list[int]
) -> None:
    office, model = Office(service), list[Stay]()
    await office.start()

    for wishes in batches:
        _, outcomes = await office.push(wishes, "partial")
        landed = [wish for wish, outcome in zip(wishes, outcomes, strict=True) if outcome != "rejected"]
        model = merged(model, landed)
        assert lawful(model), (wishes, outcomes)

    assert sorted(map(repr, await office.standing())) == sorted(map(repr, model))
    people = {person["person_id"]: person["cedula"] for person in await service.items("/persons")}
    for number in asked:
        told = (await service.get("/dependencias/DP-AZUAY", responsible_on=day(number)))["responsible"]
        expected = answers(model, number)
        assert (told and (people[told["person"]], told["kind"])) == (expected and (cedula(expected[0]), expected[1]))


@pytest.mark.laws
@QUIET
@given(stay=stays(), other=stays())
async def test_two_appointments_made_one_by_one_obey_the_same_rules(service: Orgchart, stay: Stay, other: Stay) -> None:
    office = Office(service)
    await office.start()
    other = replace(other, post=stay.post)
    first, _ = await office.push([stay], "partial")
    model = [stay] if first == 201 else []

    second, _ = await office.push([other], "partial")

    assert (first == 201) == lawful([stay])
    assert (second == 201) == lawful(merged(model, [other]))
