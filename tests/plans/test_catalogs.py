"""Front ends hard-code nothing: whatever closed list an answer draws from has its labels in the catalogues."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import services.plans.domain.alignment
import services.plans.domain.execution
import services.plans.domain.lint
from services.plans.catalogs import CATALOGS
from services.plans.domain.workflow import PLAN_STEPS
from tests.plans.harness import Plans
from tests.plans.test_workflow import make_plan
from tests.support.service import DATA

# What a caller asks for, not what an answer says; kinds of targets are the indicators service's.
NOT_TOLD = [{"partial", "atomic"}, {"approve", "return"}, {"level", "maintain"}]
CODES = {name: {entry["code"] for entry in entries} for name, entries in CATALOGS.items()}


def enums(document: Any) -> Iterator[set[str]]:
    if isinstance(document, dict):
        if "enum" in document:
            yield set(document["enum"])
        for part in document.values():
            yield from enums(part)
    elif isinstance(document, list):
        for part in document:
            yield from enums(part)


def warnings(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        yield from document.get("warnings") or ()
        for part in document.values():
            yield from warnings(part)
    elif isinstance(document, list):
        for part in document:
            yield from warnings(part)


def test_every_closed_list_of_an_answer_has_its_labels(loaded: Plans) -> None:
    declared = list(enums(loaded.app.openapi()["components"]["schemas"]))
    told = [values for values in declared if not any(other <= values for other in NOT_TOLD)]

    assert len(told) > 20
    assert [values for values in told if not any(values <= codes for codes in CODES.values())] == []


def test_every_warning_of_the_facts_and_every_finding_has_its_label() -> None:
    lines = [line for file in (DATA / "plans").glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]
    kept = {w for line in lines for w in warnings(json.loads(line))}
    rules = Path(str(services.plans.domain.lint.__file__)).read_text("utf-8")
    odd = Path(str(services.plans.domain.execution.__file__)).read_text("utf-8")

    assert kept | set(re.findall(r'append\("([a-z-]+)"\)', odd)) == CODES["source_warnings"]
    kept_by_edits = Path(str(services.plans.domain.alignment.__file__)).read_text("utf-8")
    broken = set(re.findall(r'Violation\(.+?, "([a-z-]+)",', kept_by_edits))
    assert set(re.findall(r'Finding\(\s*"([a-z0-9-]+)"', rules)) | broken == CODES["findings"]


def test_labels_are_written_and_in_order() -> None:
    for entries in CATALOGS.values():
        assert [entry["order"] for entry in entries] == list(range(1, len(entries) + 1))
        assert all(entry["label"].strip() for entry in entries)
        assert len({entry["code"] for entry in entries}) == len(entries)


def test_each_state_says_where_it_may_go_and_what_that_needs() -> None:
    plans = {entry["code"]: {step["to"]: step for step in entry["next"]} for entry in CATALOGS["plan_statuses"]}
    reforms = {entry["code"]: list(entry["next"]) for entry in CATALOGS["reform_statuses"]}

    assert {code: set(steps) for code, steps in plans.items()} == {c: set(s) for c, s in PLAN_STEPS.items()}
    assert plans["validated"]["approved"] == {"to": "approved", "needs": "act", "permission": "plan:approve"}
    assert (reforms["approved"], reforms["rejected"]) == ([], [])


async def test_an_unknown_finding_is_named_with_those_there_are(loaded: Plans) -> None:
    answer = await loaded.call("GET", "/plans/POA-2025/findings?finding=nada")

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "query/finding", "unknown-value")
    assert "n4-without-mediante" in error["detail"]


async def test_a_strategy_is_carried_by_what_everybody_sees(plans: Plans) -> None:
    path = "/strategies/PEI-2018-2028.OEI5.E5"
    before = (await plans.get(path))["carried_by"]
    await make_plan(plans, "validated")

    assert (await plans.get(path))["carried_by"] == before


async def test_once_approved_it_counts(plans: Plans) -> None:
    path = "/strategies/PEI-2018-2028.OEI5.E5"
    before = (await plans.get(path))["carried_by"]
    await make_plan(plans, "approved")

    assert (await plans.get(path))["carried_by"] == before + 1
