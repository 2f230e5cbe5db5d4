"""Requests made from the merged OpenAPI, right and wrong: no 500, and every refusal is a problem that was declared."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest

from tests.gateway.matrix.filling import Operation, _example, operations
from tests.gateway.matrix.running import merged_description
from tests.gateway.matrix.world import OWN, World
from tests.support.proofs import Says

pytestmark = pytest.mark.xdist_group("matrix")
ODD: list[Any] = [
    "", " ", "0", "-1", "1e400", "NaN", "null", "true", "[]", "{}", "ñandú", "💥", "\u202e", "a" * 3_000, "%", "%00",
    "' OR '1'='1", "1; DROP TABLE x", "../../etc/passwd", "2019-02-30", "2019-13", "9999999999999999999999", "0x10",
    "IESS", OWN, "POA-2019", "2019-01", "2019-01-01", "2019-01-01T00:00:00Z", "00000000-0000-4000-8000-000000000000",
]  # fmt: skip
VALUES: list[Any] = [
    *ODD, None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, 0.5, 1e308, [], {}, [[]], [None], {"a": {"a": {"a": []}}},
]  # fmt: skip
PROBLEM = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


def request_for(chance: random.Random, operation: Operation, document: dict[str, Any]) -> tuple[str, Any, Any]:
    """Target, headers and body: sometimes plausible, sometimes odd, sometimes broken."""
    path, query = operation.path, []
    for parameter in operation.description.get("parameters", ()):
        odd = chance.random() < 0.5
        value = chance.choice(ODD) if odd else _example(parameter.get("schema", {}), parameter["name"], OWN, document)
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(str(value) or "x", safe=""))
        elif parameter["in"] == "query" and (parameter.get("required") or chance.random() < 0.3):
            query += [(parameter["name"], str(value))] * (2 if chance.random() < 0.05 else 1)
    if chance.random() < 0.05:
        query.append(("unknown", "1"))
    headers = {"Idempotency-Key": str(uuid4()), "If-Match": "*"}
    if chance.random() < 0.2:
        headers |= {chance.choice(["If-Match", "If-None-Match", "Accept", "Idempotency-Key"]): '"' + "x" * 300}
    target = path + ("?" + urlencode(query) if query else "")
    return target, headers, body_for(chance, operation, document, headers)


def body_for(chance: random.Random, operation: Operation, document: dict[str, Any], headers: dict[str, str]) -> Any:
    content = operation.description.get("requestBody", {}).get("content", {})
    if not content:
        return None
    kind = chance.choice(list(content))
    headers["Content-Type"] = kind if chance.random() < 0.95 else "text/plain"
    if "json" not in kind or chance.random() < 0.1:
        return chance.choice([b"", b"{", b"\xff\xfe", b"[" * 5_000, b"null", b'{"a":1,"a":2}', b"a,b\n1,2\n", b"\x00"])
    body = _example(content[kind].get("schema", {}), "", OWN, document)
    if isinstance(body, dict):
        for name in list(body):
            if chance.random() < 0.3:
                body[name] = chance.choice(VALUES)
            elif chance.random() < 0.1:
                del body[name]
        if chance.random() < 0.1:
            body["unknown"] = 1
    return json.dumps(body).encode()


async def fuzz(world: World, count: int, seed: int) -> tuple[Counter[int], list[str]]:
    document = await merged_description(world)
    every = [o for o in operations(document) if not o.path.startswith("/api/v1/auth/")]
    chance, counts, wrong = random.Random(seed), Counter[int](), list[str]()
    made = []
    for _ in range(count):
        operation = chance.choice(every)
        made.append((operation, request_for(chance, operation, document), chance.choice(FUZZERS)))

    async def worker() -> None:
        while made:
            operation, (target, headers, body), who = made.pop()
            token = {"Authorization": f"Bearer {world.tokens[who]}"} if who else {}
            async with world.http.request(
                operation.method.upper(), world.url + target, headers={**headers, **token}, data=body
            ) as answer:
                text = await answer.read()
            counts[answer.status] += 1
            fault = judged(operation, answer.status, answer.headers.get("Content-Type", ""), text)
            if fault:
                wrong.append(f"{operation.name} as {who}: {target[:150]} {str(body)[:150]} → {answer.status} {fault}")

    await asyncio.gather(*(worker() for _ in range(8)))
    return counts, wrong


FUZZERS = ["methodologist", "administrator", "reporter", "plan-owner", "budget", "auditor", None]


def judged(operation: Operation, status: int, content_type: str, text: bytes) -> str:
    if status >= 500:
        return f"server error: {text[:200]!r}"
    declared = operation.description.get("responses", {})
    if status < 400:
        return ""
    if not content_type.startswith("application/problem+json") or not set(json.loads(text)) >= PROBLEM:
        return f"no problem: {content_type} {text[:100]!r}"
    return "" if str(status) in declared or f"{status // 100}XX" in declared else "not declared"


@pytest.mark.timeout(300)
async def test_no_request_made_from_the_description_breaks_anything(world: World) -> None:
    counts, wrong = await fuzz(world, 1_500, seed=1)

    assert wrong == [], dict(counts)


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_ten_thousand_requests_break_nothing(world: World, proof: Says) -> None:
    counts, wrong = await fuzz(world, 10_000, seed=2)

    proof(f"fuzz by seven callers: {counts.total()} requests, {len(wrong)} server errors or undeclared answers")
    assert wrong == [], dict(counts)
