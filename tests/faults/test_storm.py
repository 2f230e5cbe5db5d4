"""Nothing acknowledged is lost and nothing happens twice, whatever dies while it is being pushed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import partial

import pytest

from tests.faults.pushers import CLIENT, Answer, Lost, Pusher, at_once
from tests.faults.stack import Stack
from tests.faults.storm import Storm, differences, rage
from tests.support.proofs import Says

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults")]
FORGETFUL = "tests.faults.forgetful"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("faults"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


def shown(storm: Storm) -> str:
    return f"{storm.pushes} pushes, {storm.repetitions} repetitions, killed {storm.kills}"


def prove(stack: Stack, proof: Says, *, pushes: int, name: str, least: int) -> None:
    storm = rage(stack, pushes=pushes, seed=pushes, name=name, least=least)

    wrong = differences(stack, storm)
    proof(f"storm: {shown(storm)}; {len(wrong)} lost, doubled or different")
    assert storm.pushes == pushes
    assert storm.repetitions > pushes // 10, f"a storm that disturbs nobody: {shown(storm)}"
    assert sum(storm.kills.values()) > 0
    assert wrong == [], shown(storm)


@pytest.mark.timeout(300)
def test_sixty_pushes_survive_kills_and_lost_answers(stack: Stack, proof: Says) -> None:
    prove(stack, proof, pushes=60, name="sixty", least=400)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_a_thousand_pushes_survive_kills_and_lost_answers(stack: Stack, proof: Says) -> None:
    prove(stack, proof, pushes=1000, name="thousand", least=0)


@pytest.mark.timeout(300)
def test_two_identical_pushes_at_once_have_one_effect_in_twenty_races(stack: Stack, proof: Says) -> None:
    race(stack, proof, races=20, name="twenty")


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_two_identical_pushes_at_once_have_one_effect_in_two_hundred_races(stack: Stack, proof: Says) -> None:
    race(stack, proof, races=200, name="two-hundred")


def race(stack: Stack, proof: Says, *, races: int, name: str) -> None:
    """Two connections send one push at one instant: one does it, the other repeats its answer or is told to wait."""
    code = stack.query("SELECT code FROM indicators.assignments WHERE code LIKE 'POA-2019.DP-AZUAY.%' LIMIT 1")[0][
        "code"
    ]
    secret = stack.client_secret(CLIENT)
    runners = [Pusher(name, stack.port, secret, [code], 0, random.Random(0)) for _ in range(2)]
    for runner in runners:
        runner.wait_until_served()
    for number in range(races):
        key = f"{name}-{number}"
        rows = [{"assignment": code, "period": "2019-06", "value": str(number)}]
        body = json.dumps({"source": name, "rows": rows}).encode()

        answers = at_once([partial(attempt, runner, key, body) for runner in runners])

        settled = [answer for answer in answers if answer is not None]
        final = runners[0].send(key, body)
        assert settled, f"{key}: nobody was answered"
        assert all(answer == final for answer in settled), f"{key}: two receipts"
        runners[0].sent[key], runners[0].acknowledged[key] = body, final
        runners[0].expected.setdefault((code, "2019-06"), []).append(str(number))
    wrong = differences(stack, Storm(runners[:1], {}))
    proof(f"races of two identical pushes: {races}, {len(wrong)} with another effect than one")
    assert wrong == []


def attempt(runner: Pusher, key: str, body: bytes) -> Answer | None:
    """The answer, or None when told that the other one is still at work."""
    try:
        return runner.send(key, body)
    except Lost as why:
        if "idempotency-in-progress" not in str(why):
            raise
        return None


@pytest.mark.timeout(300)
def test_without_idempotency_the_storm_is_noticed(stack: Stack) -> None:
    """The same harness, the same lost answers, and a service that ignores the key: the account must not settle."""
    with stack.running_instead("indicators", FORGETFUL):
        storm = rage(stack, pushes=30, seed=3, name="teeth", least=600, kill=False)

        found = differences(stack, storm)

    assert any("its repetition has another receipt" in difference for difference in found)
    assert any("batches for" in difference for difference in found)
