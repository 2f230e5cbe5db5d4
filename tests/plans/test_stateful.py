"""Random people do random things to one plan: no illegal state is ever reached and no snapshot ever changes."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iesspr.postgres import DatabaseUrls
from services.plans.domain.content import height
from services.plans.domain.workflow import PLAN_STEPS, REFORM_STEPS
from tests.plans.harness import Plans, grant, plans_service
from tests.plans.test_workflow import ACT, OBJECTIVE, PLAN
from tests.support.examples import examples

PLAN_PATH = "/plans/POA-2026"
PEOPLE = {
    "titular": "plan:read plan:write plan:submit",
    "dnpl": "plan:read plan:validate plan:observe",
    "directora": "plan:read plan:approve",
    "todo": "plan:read plan:write plan:submit plan:validate plan:approve plan:observe",
    "lectora": "plan:read",
}
STATES = ["draft", *[to for steps in PLAN_STEPS.values() for to in steps]]
LEVELS = ["N2", "N3", "N4"]
CODES = [f"POA-2026.DNPL.{level}.{n}" for level in ("N2", "N3") for n in (1, 2)] + [
    f"POA-2026.DNPL.N4.0{n}" for n in (1, 2, 3)
]
TARGETS = [*CODES, "PEI-2018-2028.OEI5", "PEI-2018-2028.OEI5.E5"]

people = st.sampled_from(sorted(PEOPLE))
moves = st.tuples(st.just("move"), people, st.sampled_from(sorted(set(STATES) - {"draft"})), st.booleans())
adds = st.tuples(st.just("add"), people, st.sampled_from(LEVELS), st.lists(st.sampled_from(TARGETS), max_size=2))
aligns = st.tuples(st.just("align"), people, st.sampled_from(CODES), st.lists(st.sampled_from(TARGETS), max_size=3))
levels = st.tuples(st.just("level"), people, st.sampled_from(CODES), st.sampled_from(LEVELS))
removals = st.tuples(st.just("remove"), people, st.sampled_from(CODES), st.none())
observes = st.tuples(st.just("observe"), people, st.booleans(), st.none())
reforms = st.tuples(st.just("reform"), people, st.sampled_from(CODES), st.lists(st.sampled_from(TARGETS), max_size=2))
reform_moves = st.tuples(st.just("reform-move"), people, st.sampled_from(sorted(REFORM_STEPS)), st.integers(1, 2))
actions = st.lists(
    st.one_of(moves, moves, adds, aligns, levels, removals, observes, reforms, reform_moves, reform_moves),
    min_size=8,
    max_size=30,
)


class Run:
    """One history of the plan: acts, and after each act compares the world with what may be true."""

    def __init__(self, plans: Plans) -> None:
        self.plans = plans
        self.status = "draft"
        self.version = 0
        self.snapshots: dict[int, bytes] = {}

    def who(self, name: str) -> Plans:
        return self.plans.by(grant(PEOPLE[name]), subject=name)

    async def act(self, action: tuple[Any, ...]) -> None:
        kind, person, what, rest = action
        who = self.who(person)
        if kind == "move":
            await self.move(who, person, what, with_act=rest)
        elif kind == "add":
            await who.call("POST", "/objectives", {**OBJECTIVE, **self.statement(what), "aligned_to": rest})
        elif kind == "align":
            await who.call("PATCH", f"/objectives/{what}", {"aligned_to": rest}, headers={"If-Match": "*"})
        elif kind == "level":
            headers = {"If-Match": "*"}
            await who.call("PATCH", f"/objectives/{what}", self.statement(rest), headers=headers)
        elif kind == "remove":
            await who.call("DELETE", f"/objectives/{what}", headers={"If-Match": "*"})
        elif kind == "observe":
            await self.observe(who, resolve=what)
        elif kind == "reform":
            operation = {"op": "change_objective", "code": what, "changes": {"aligned_to": rest}}
            body = {"cause": "competences", "justification": "Cambio de competencias", "operations": [operation]}
            await who.call("POST", f"{PLAN_PATH}/reforms", body)
        else:
            step = {"to": what, "reason": "Así se resolvió", "act": ACT}
            if what != "draft":
                await who.call("POST", f"{PLAN_PATH}/reforms/{rest}/transitions", step)

    @staticmethod
    def statement(level: str) -> dict[str, str]:
        text = "Incrementar la eficiencia de la gestión"
        return {"level": level, "statement": f"{text} MEDIANTE el seguimiento" if level == "N4" else text}

    async def move(self, who: Plans, person: str, to: str, *, with_act: bool) -> None:
        body: dict[str, Any] = {"to": to, "reason": "Así se resolvió"}
        if with_act:
            body["act"] = ACT
        answer = await who.call("POST", f"{PLAN_PATH}/transitions", body)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 200:
            step = PLAN_STEPS[self.status].get(to)
            assert step is not None, f"{self.status} → {to}"
            assert step.permission in PEOPLE[person].split()
            assert step.needs != "act" or with_act
            self.status = to

    async def observe(self, who: Plans, *, resolve: bool) -> None:
        if not resolve:
            await who.call("POST", "/observations", {"plan": "POA-2026", "pointer": "", "text": "Revise el plan"})
            return
        for thread in await self.plans.items("/observations", plan="POA-2026"):
            await who.call("POST", f"/observations/{thread['id']}/resolution", {"text": "Conforme"})

    async def check(self) -> None:
        plan = await self.plans.get(PLAN_PATH)
        assert plan["status"] == self.status
        await self.check_alignment()
        for version in await self.plans.items(f"{PLAN_PATH}/versions"):
            number = version["version"]
            content = (await self.plans.call("GET", f"{PLAN_PATH}/versions/{number}")).content
            assert self.snapshots.setdefault(number, content) == content
        assert plan["version"] == len(self.snapshots)
        assert (self.status in ("approved", "in_execution", "closed")) <= bool(self.snapshots)
        if self.status == "approved":
            threads = await self.plans.items("/observations", plan="POA-2026")
            assert all(thread["status"] == "resolved" for thread in threads)

    async def check_alignment(self) -> None:
        graph = await self.plans.get(f"{PLAN_PATH}/alignment")
        stands = {n["code"]: 2 * height(n["level"]) for n in graph["nodes"] if n["kind"] == "objective"}
        stands |= {e["from"]: stands[e["to"]] - 1 for e in graph["edges"] if e["kind"] == "belongs_to"}
        # Strictly upward on every edge is also proof that nothing goes round in circles.
        assert all(stands[edge["from"]] < stands[edge["to"]] for edge in graph["edges"])


@pytest.mark.laws
@settings(
    max_examples=examples(8),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=actions)
async def test_no_history_reaches_an_illegal_state(
    writable: tuple[DatabaseUrls, asyncpg.Connection[asyncpg.Record], str],
    application: FastAPI,
    actions: list[tuple[Any, ...]],
) -> None:
    urls, owner, restore = writable
    try:
        async with plans_service(application, urls) as plans:
            run = Run(plans)
            await run.who("titular").post("/plans", PLAN)
            await run.who("titular").post("/objectives", OBJECTIVE)
            for action in actions:
                await run.act(action)
                await run.check()
    finally:
        await owner.execute(restore)


async def test_the_whole_way_is_walked_at_least_once(plans: Plans) -> None:
    """What the random walk seldom completes: two approved reforms and the end, checked by the same invariants."""
    run = Run(plans)
    await run.who("titular").post("/plans", PLAN)
    await run.who("titular").post("/objectives", OBJECTIVE)
    script: list[tuple[Any, ...]] = [
        ("add", "titular", "N2", ["PEI-2018-2028.OEI5"]),
        ("observe", "dnpl", False, None),
        ("move", "titular", "submitted", False),
        ("move", "dnpl", "validated", False),
        ("observe", "dnpl", True, None),
        ("move", "dnpl", "validated", False),
        ("move", "dnpl", "approved", True),
        ("move", "directora", "approved", True),
        ("move", "dnpl", "in_execution", False),
        ("reform", "titular", "POA-2026.DNPL.N4.01", ["POA-2026.DNPL.N2.1"]),
        ("reform-move", "titular", "submitted", 1),
        ("reform-move", "dnpl", "validated", 1),
        ("reform-move", "directora", "approved", 1),
        ("reform", "titular", "POA-2026.DNPL.N4.01", ["PEI-2018-2028.OEI5"]),
        ("reform-move", "titular", "submitted", 2),
        ("reform-move", "dnpl", "validated", 2),
        ("reform-move", "directora", "approved", 2),
        ("move", "dnpl", "closed", False),
    ]

    for action in script:
        await run.act(action)
        await run.check()

    assert (run.status, sorted(run.snapshots)) == ("closed", [1, 2, 3])
