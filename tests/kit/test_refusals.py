"""Every refusal is an RFC 9457 problem in Spanish with a stable code, whoever in the stack refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.kit.refusals import field_error
from tests.kit.apps import client_of, make_app

JSON = {"Content-Type": "application/json"}
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(make_app(max_body_bytes=100_000)) as client:
        yield client


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert set(document) >= MEMBERS
    assert document["status"] == response.status_code
    assert document["request_id"] == response.headers["x-request-id"]
    return document


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"amount": ', JSON, 400, "invalid-json"),
        (b'{"amount": NaN, "count": 1}', JSON, 400, "invalid-json"),
        (b'{"amount": "\xff"}', JSON, 400, "invalid-encoding"),
        (b"[" * 20_000, JSON, 400, "json-too-deep"),
        (b"[" * 40 + b"]" * 40, JSON, 400, "json-too-deep"),
        (b'{"amount": "1", "count": 1}', {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (b'{"amount": "1", "count": 1}', {}, 415, "unsupported-media-type"),
        (b'{"amount": "1", "count": 1}', JSON | {"Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
        (b'{"amount": "x", "count": 0}', JSON, 422, "invalid"),
        (b"[]", JSON, 422, "invalid"),
        (b" " * 100_001, JSON, 413, "content-too-large"),
    ],
)
async def test_a_bad_body_gets_its_own_code(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    response = await client.post("/api/v1/things", content=body, headers=headers)

    assert (response.status_code, problem(response)["code"]) == (status, code)


async def test_each_wrong_member_is_named_with_pointer_and_code(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/things", content=b'{"amount": "1,5", "count": 0}', headers=JSON)

    errors = {error["pointer"]: error["code"] for error in problem(response)["errors"]}
    assert errors == {"/amount": "invalid-number", "/count": "out-of-range"}


def test_what_the_framework_expects_is_said_in_spanish() -> None:
    error = {"type": "literal_error", "loc": ("query", "mode"), "ctx": {"expected": "'partial' or 'atomic'"}}

    assert field_error(error).detail == "Valores admitidos: 'partial' o 'atomic'."


@pytest.mark.parametrize(
    ("kind", "context", "code", "detail"),
    [
        ("decimal_max_places", {"decimal_places": 4}, "too-precise", "Admite como máximo 4 decimales."),
        ("decimal_max_digits", {"max_digits": 18}, "too-long", "Admite como máximo 18 cifras."),
        ("decimal_whole_digits", {"whole_digits": 14}, "too-long", "Admite como máximo 14 cifras antes del punto."),
        ("string_too_short", {"min_length": 1}, "too-short", "No puede estar vacío."),
        ("too_short", {"min_length": 1}, "too-short", "No puede estar vacío."),
        ("string_too_short", {"min_length": 3}, "too-short", "Requiere al menos 3 caracteres."),
    ],
)
def test_what_bounds_a_value_is_said(kind: str, context: dict[str, int], code: str, detail: str) -> None:
    error = field_error({"type": kind, "loc": ("body", "amount"), "ctx": context})

    assert (error.pointer, error.code, error.detail) == ("/amount", code, detail)


async def test_text_that_cannot_be_kept_is_named_with_its_place(client: httpx.AsyncClient) -> None:
    body = rb'{"amount": "1\u0000", "count": 1, "a/b": ["\ud83d\ude00", "x\uD83D", "\\u0000"]}'
    response = await client.post("/api/v1/things", content=body, headers=JSON)

    errors = [(error["pointer"], error["code"]) for error in problem(response)["errors"]]
    assert errors == [("/amount", "invalid-character"), ("/a~1b/1", "invalid-character")]


async def test_a_json_number_keeps_all_its_digits(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/api/v1/things", content=b'{"amount": 12345678901234567890.123456789, "count": 1}', headers=JSON
    )

    assert response.json() == {"amount": "12345678901234567890.123456789"}


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("nope=1", "query/nope", "unknown-parameter"),
        ("name=a&name=b", "query/name", "repeated-parameter"),
        ("name=a%00", "query/name", "invalid-character"),
        ("name=a%E9", "query/name", "invalid-encoding"),
    ],
)
async def test_no_query_parameter_is_ignored(client: httpx.AsyncClient, query: str, pointer: str, code: str) -> None:
    response = await client.get(f"/api/v1/things?{query}")

    assert response.status_code == 422
    assert [(e["pointer"], e["code"]) for e in problem(response)["errors"]] == [(pointer, code)]


async def test_a_repeatable_parameter_may_repeat(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/things?kind=a&kind=b")

    assert response.json() == {"kind": ["a", "b"], "name": None}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("DELETE", "/api/v1/things", 405, "method-not-allowed"),
        ("GET", "/api/v1/private", 401, "unauthorized"),
    ],
)
async def test_the_frameworks_refusals_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)

    assert (response.status_code, problem(response)["code"]) == (status, code)


async def test_head_answers_as_get_without_the_body(client: httpx.AsyncClient) -> None:
    got = await client.get("/api/v1/things?name=a")
    asked = await client.head("/api/v1/things?name=a")

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]


async def test_a_caller_without_the_permission_is_forbidden(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/private", headers={"Authorization": "Bearer other:read"})

    assert (response.status_code, problem(response)["code"]) == (403, "forbidden")


async def test_a_bug_tells_the_outside_nothing(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/crash")

    assert (response.status_code, problem(response)["code"]) == (500, "internal-error")
    assert "secret" not in response.text
    assert "Traceback" not in response.text


async def test_a_well_formed_request_id_is_echoed_and_a_bad_one_replaced(client: httpx.AsyncClient) -> None:
    good = await client.get("/api/v1/things", headers={"X-Request-Id": "azuay-2019-01-a"})
    bad = await client.get("/api/v1/things", headers={"X-Request-Id": "a\tb"})

    assert good.headers["x-request-id"] == "azuay-2019-01-a"
    assert bad.headers["x-request-id"] != "a\tb"


async def test_nothing_is_served_before_the_start_is_complete() -> None:
    app = make_app()
    app.state.ready = False

    async with client_of(app) as client:
        response = await client.get("/api/v1/things")

    assert (response.status_code, problem(response)["code"]) == (503, "unavailable")
    assert response.headers["retry-after"] == "5"


def test_a_pointer_leads_through_the_body_and_not_through_the_branch_of_a_union() -> None:
    error = {"type": "missing", "loc": ("body", "operations", 0, "change_target", "period")}

    assert field_error(error, {"operations": [{"op": "change_target"}]}).pointer == "/operations/0/period"
    assert field_error(error | {"loc": ("body", "period")}, {}).pointer == "/period"
