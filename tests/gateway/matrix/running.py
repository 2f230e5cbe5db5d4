"""Runs the matrix against a world and says what is wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.gateway.matrix.filling import RELATIONS, WRITES, Case, Operation, cases, operations
from tests.gateway.matrix.oracle import OPEN, may_see, verdicts
from tests.gateway.matrix.world import INSIDE, SUBJECTS, UNITS, World, canary, unit_id

AT_ONCE: Final = 8
CALLERS: Final = [subject for subject in SUBJECTS if subject != "bystander"]


@dataclass
class Findings:
    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    # Request ids of what was carried out, by operation: each owes a row of the trail.
    written: dict[str, str] = field(default_factory=dict)


def role_of(subject: str) -> tuple[str | None, bool]:
    held = SUBJECTS[subject]
    if held is None:
        return None, False
    role, feed, subtree = held
    return (f"{role}/{feed}" if feed else role), subtree


async def merged_description(world: World) -> dict[str, Any]:
    status, _, body = await world.call("GET", "/api/v1/openapi.json", None)
    assert status == 200
    document: dict[str, Any] = json.loads(body)
    assert "x-missing-services" not in document
    return document


async def run_matrix(
    world: World,
    *,
    subjects: list[str] | None = None,
    only: frozenset[str] | None = None,
    stop_at: int = 10_000,
    at_most: int | None = None,
) -> Findings:
    """Every operation × subject × relation. only: names of operations; stop_at: findings after which it gives up.

    at_most: about how many calls; those left out are the same in every run, and never those of one's own or a
    sibling's unit.
    """
    document = await merged_description(world)
    findings = Findings()
    wanted = [
        (case, subject)
        for operation in operations(document)
        if only is None or operation.name in only
        for case in cases(operation, document)
        for subject in [*(subjects or CALLERS), None]
    ]
    queue: asyncio.Queue[tuple[Case, str | None]] = asyncio.Queue()
    for call in _thinned(wanted, at_most or len(wanted)):
        queue.put_nowait(call)
    await asyncio.gather(*(_worker(world, queue, findings, stop_at) for _ in range(AT_ONCE)))
    return findings


def _thinned(wanted: list[tuple[Case, str | None]], at_most: int) -> list[tuple[Case, str | None]]:
    kept = [call for call in wanted if call[0].relation in ("own", "sibling")]
    rest = [call for call in wanted if call[0].relation not in ("own", "sibling")]
    share = max(0, at_most - len(kept)) / max(1, len(rest))
    return kept + [call for call in rest if _place(call) < share]


def _place(call: tuple[Case, str | None]) -> float:
    case, subject = call
    name = f"{case.operation.name} {case.relation} {subject}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


async def _worker(
    world: World, queue: asyncio.Queue[tuple[Case, str | None]], findings: Findings, stop_at: int
) -> None:
    while not queue.empty() and len(findings.wrong) < stop_at:
        case, subject = queue.get_nowait()
        headers = {}
        if case.operation.method == "post":
            headers["Idempotency-Key"] = str(uuid4())
        if case.operation.method in ("patch", "put", "delete"):
            headers["If-Match"] = "*"
        status, received, body = await world.call(
            case.operation.method.upper(), case.target, subject, case.body, headers
        )
        findings.calls += 1
        findings.statuses[status] += 1
        if owes_a_row(case, status, received):
            findings.written[received["x-request-id"]] = case.operation.name
        text = body.decode("utf-8", "replace") + str(received)
        findings.wrong += [
            f"{case.operation.name} as {subject} on {case.relation} ({case.target}): {what}"
            for what in judged(case, subject, status, text)
        ]


def owes_a_row(case: Case, status: int, headers: dict[str, str]) -> bool:
    """A write that was carried out: no refusal, no question asked by POST, no sign-in."""
    is_question = case.operation.description.get("x-safe") or case.operation.path.endswith("/lookup")
    is_sign_in = case.operation.path.startswith("/api/v1/auth/")
    return (
        is_write(case.operation)
        and 200 <= status < 300
        and not is_question
        and not is_sign_in
        and "dry_run=true" not in case.target
    )


async def without_a_row(world: World, findings: Findings) -> list[str]:
    """Operations that were carried out and left nothing in any of the four chains."""
    found: set[str] = set()
    for chain in ("gateway", "orgchart", "plans", "indicators"):
        sql = f"SELECT DISTINCT request_id FROM {chain}.audit_events WHERE request_id = ANY($1::text[])"
        found |= {row["request_id"] for row in await world.query(chain, sql, list(findings.written))}
    return sorted({name for request_id, name in findings.written.items() if request_id not in found})


def judged(case: Case, subject: str | None, status: int, text: str) -> list[str]:
    """What is wrong with one answer."""
    wrong = []
    if status >= 500:
        wrong.append(f"{status}: {text[:300]}")
    if subject is None:
        if not case.operation.path.startswith(OPEN) and status != 401:
            wrong.append(f"anonymous got {status}")
        leaked = [relation for relation in UNITS if canary(relation) in text]
        return wrong + [f"anonymous saw {relation}" for relation in leaked]
    role, subtree = role_of(subject)
    expected = verdicts(case.operation.name, role, subtree, case.relation)
    if expected is not None and status not in expected:
        wrong.append(f"got {status}, expected {sorted(expected)}: {text[:200]}")
    leaked = [r for r in UNITS if canary(r) in text and not may_see(role, subtree, r)]
    return wrong + [f"saw {relation} with {status}: {text[:200]}" for relation in leaked]


def is_write(operation: Operation) -> bool:
    return operation.method in WRITES


async def foreign_digest(world: World) -> dict[str, str]:
    """A digest of every row that belongs to a unit outside the subjects' reach, by table."""
    foreign = [unit_id(relation) for relation in UNITS if relation not in INSIDE]
    digests = {}
    for service in ("plans", "indicators"):
        tables = await world.query(
            service,
            """SELECT table_name FROM information_schema.columns
               WHERE table_schema = $1 AND column_name = 'dependencia_id' ORDER BY 1""",
            service,
        )
        for row in tables:
            name = f"{service}.{row['table_name']}"
            found = await world.query(
                service,
                f"""SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) AS digest, count(*) AS rows
                    FROM {name} t WHERE dependencia_id = ANY($1::bigint[])""",
                foreign,
            )
            digests[name] = f"{found[0]['rows']} {found[0]['digest']}"
    return digests


__all__ = [
    "RELATIONS",
    "Findings",
    "foreign_digest",
    "is_write",
    "judged",
    "merged_description",
    "run_matrix",
    "without_a_row",
]
