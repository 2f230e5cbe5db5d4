"""Every writing operation of the merged description is carried out once and judged by the law of the write path."""

from __future__ import annotations

from typing import Final

import pytest

from tests.gateway.matrix.filling import WRITES, Operation, operations
from tests.gateway.matrix.running import merged_description
from tests.support.proofs import Says
from tests.writes.catalogue import CATALOGUE
from tests.writes.catalogue.indicators import POLICY
from tests.writes.catalogue.people import facts
from tests.writes.example import Example
from tests.writes.laws import broken
from tests.writes.traces import moved, traces
from tests.writes.world import AUDITOR, BY_MATCH, OFFICE, SYSTEMS, Writers

pytestmark = pytest.mark.xdist_group("writes")

# POSTs that change nothing: their body is a question.
QUESTIONS: Final = {
    "POST /api/v1/persons/lookup": "the number of a person does not belong into an address",
    "POST /api/v1/policies/{code}/what-if/{dependencia}": "a policy is too long for an address",
}


async def test_every_writing_operation_has_an_example(writers: Writers) -> None:
    document = await merged_description(writers.world)
    writing = {op.name for op in operations(document) if op.method in WRITES} - set(QUESTIONS)

    shown = {example.operation for example in CATALOGUE}

    assert writing - shown == set(), "writing operations that tests/writes shows no example of"
    assert shown - writing == set(), "examples of operations that are not there"


async def test_the_description_shows_the_key_where_it_is_honoured(writers: Writers) -> None:
    document = await merged_description(writers.world)

    shown = {op.name for op in operations(document) if "Idempotency-Key" in _headers(op)}

    assert shown == {example.operation for example in CATALOGUE if example.takes_a_key}


async def test_the_description_shows_if_match_where_it_is_asked_for(writers: Writers) -> None:
    """The law asks a 428 of every change of what can be read at the same address."""
    document = await merged_description(writers.world)
    described = operations(document)
    readable = {op.path for op in described if op.method == "get"}

    shown = {op.name for op in described if "If-Match" in _headers(op)}

    assert shown == {op.name for op in described if op.method.upper() in BY_MATCH and op.path in readable}


def _headers(operation: Operation) -> set[str]:
    return {parameter["name"] for parameter in operation.description["parameters"] if parameter["in"] == "header"}


@pytest.mark.parametrize("example", CATALOGUE, ids=lambda example: example.name)
async def test_a_write_is_one_transaction_or_nothing(writers: Writers, example: Example) -> None:
    wrong = await broken(writers, example)

    assert not wrong, "\n".join([f"{example.name} breaks the law of the write path:", *wrong])


async def test_a_question_leaves_nothing(writers: Writers) -> None:
    someone = facts(writers)
    await writers.post(SYSTEMS["people"], "/persons", someone)
    await writers.settled()
    before = await traces(writers)

    await writers.post(SYSTEMS["people"], "/persons/lookup", {"cedula": someone["cedula"]})
    await writers.post(OFFICE, "/policies/IESS-2025/what-if/DP-AZUAY?plan=POA-2019&period=2019-01", POLICY)

    assert moved(before, await traces(writers)) == set()


async def test_the_chains_hold_after_all_that(writers: Writers, proof: Says) -> None:
    found = await writers.do(AUDITOR, "GET", "/audit-events/verify")

    assert found["intact"], found
    operations_seen = {example.operation for example in CATALOGUE}
    proof(f"law of the write path: {len(CATALOGUE)} examples of {len(operations_seen)} operations")
