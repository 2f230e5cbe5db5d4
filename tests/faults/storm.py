"""Pushes while processes die, and the account that is settled afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.pushers import CLIENT, Pusher
from tests.faults.stack import VICTIMS, Stack

SYSTEMS = 3
# Seconds between kills: short enough that most pushes meet one, long enough that some get through.
CALM_S = (0.2, 1.5)


@dataclass(frozen=True)
class Storm:
    """What was pushed, and how often each process was killed meanwhile."""

    pushers: Sequence[Pusher]
    kills: dict[str, int]

    @property
    def pushes(self) -> int:
        return sum(len(pusher.sent) for pusher in self.pushers)

    @property
    def repetitions(self) -> int:
        return sum(len(pusher.troubles) for pusher in self.pushers)


def rage(stack: Stack, *, pushes: int, seed: int, name: str, least: int = 0, kill: bool = True) -> Storm:
    """`pushes` pushes by several systems while processes are killed at random; ends when all are acknowledged.

    least: the smallest value pushed; storms on one stack must not share values.
    """
    chance = random.Random(seed)
    codes = [row["code"] for row in stack.query(_ASSIGNMENTS)]
    pushers = [
        Pusher(
            f"{name}-{number}",
            stack.port,
            stack.client_secret(CLIENT),
            codes[number::SYSTEMS],
            pushes // SYSTEMS + (number < pushes % SYSTEMS),
            random.Random(chance.random()),
            least,
        )
        for number in range(SYSTEMS)
    ]
    kills = dict.fromkeys(VICTIMS, 0)
    for pusher in pushers:
        pusher.start()
    while any(pusher.is_alive() for pusher in pushers):
        time.sleep(chance.uniform(*CALM_S))
        if not kill:
            continue
        victim = chance.choice(VICTIMS)
        stack.kill(victim)
        kills[victim] += 1
        time.sleep(chance.uniform(0, 0.3))
        stack.start_again(victim)
        stack.wait_until_ready()
    for pusher in pushers:
        if pusher.failure is not None:
            raise pusher.failure
    stack.wait_until_ready()
    return Storm(pushers, kills)


_ASSIGNMENTS = """SELECT code FROM indicators.assignments WHERE plan = 'POA-2019' AND code LIKE 'POA-2019.DP-AZUAY.%'
    AND frequency = 'monthly' AND feed_source IN ('manual', 'push') ORDER BY code"""


def differences(stack: Stack, storm: Storm) -> list[str]:
    """Everything in which the database or a repeated push says otherwise than what was acknowledged; empty is right."""
    found: list[str] = []
    for pusher in storm.pushers:
        found += _receipts(pusher)
        found += _cells(stack, pusher)
        found += _once_each(stack, pusher)
    return found


def _receipts(pusher: Pusher) -> list[str]:
    """Every push again: byte for byte what was acknowledged, and what was answered without reaching the system."""
    found = []
    for key, first in pusher.acknowledged.items():
        if first.status != 201:
            found.append(f"{key}: {first.status} {first.body[:200]!r}")
        if pusher.repeated(key) != first:
            found.append(f"{key}: its repetition has another receipt")
        if pusher.unseen.get(key, first) != first:
            found.append(f"{key}: the answer that was lost had another receipt")
    return found


def _cells(stack: Stack, pusher: Pusher) -> list[str]:
    """Every acknowledged value, in order, each exactly one version of its cell; and nothing else."""
    stored: dict[tuple[str, str], list[str]] = {}
    for row in stack.query(_VERSIONS, pusher.name_):
        stored.setdefault((row["code"], row["period"]), []).append(row["value"])
    return [
        f"{cell}: acknowledged {pusher.expected.get(cell)}, stored {stored.get(cell)}"
        for cell in sorted({*stored, *pusher.expected})
        if stored.get(cell) != pusher.expected.get(cell)
    ]


_VERSIONS = """
SELECT a.code, v.period, v.value::text AS value FROM (
    SELECT dependencia_id, assignment_id, period, version, value, source FROM indicators.measurements
    UNION ALL
    SELECT dependencia_id, assignment_id, period, version, value, source FROM indicators.measurement_revisions) v
JOIN indicators.assignments a ON a.dependencia_id = v.dependencia_id AND a.id = v.assignment_id
WHERE v.source = $1 ORDER BY a.code, v.period, v.version"""


def _once_each(stack: Stack, pusher: Pusher) -> list[str]:
    """One batch, one audit row and one event for each push, and every acknowledged batch among them."""
    acknowledged = {answer.document.get("batch_id") for answer in pusher.acknowledged.values()}
    found = []
    for what, statement in _TRACES.items():
        ids = [row["id"] for row in stack.query(statement, pusher.name_)]
        if sorted(ids) != sorted(str(batch) for batch in acknowledged):
            found.append(f"{pusher.name_}: {len(ids)} {what} for {len(pusher.sent)} pushes")
    return found


_TRACES = {
    "batches": "SELECT id::text AS id FROM indicators.measurement_batches WHERE source = $1",
    "events": """SELECT subject AS id FROM indicators.events
        WHERE type = 'measurements.recorded' AND data->>'source' = $1""",
    "audit rows": """SELECT split_part(target, '/', 2) AS id FROM indicators.audit_events
        WHERE action = 'measurement-batch.receive' AND detail::jsonb->>'source' = $1""",
}
