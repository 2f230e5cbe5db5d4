from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from services.kit.identity import InvalidToken, KeySet, verify
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.gateway.raw import whole_exchange
from tests.gateway.stand_in import NOT_ITS_TO_SAY


def header_names(seen: dict[str, Any]) -> set[str]:
    return {name.lower() for name, _ in seen["headers"]}


def header(seen: dict[str, Any], name: str) -> str:
    return str(next(value for key, value in seen["headers"] if key.lower() == name))


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v1/dependencias", "orgchart"),
        ("/api/v1/rof/units/5.4.1", "orgchart"),
        ("/api/v1/plans/POA-2025/alignment", "plans"),
        ("/api/v1/budget-execution-batches", "plans"),
        ("/api/v1/measurements/POA-2019.DP-AZUAY.014/2019-01", "indicators"),
    ],
)
async def test_each_address_goes_to_its_service_with_path_and_query_as_they_came(
    gateway: RunningGateway, path: str, service: str
) -> None:
    status, _, seen = await gateway.call("GET", f"{path}?q=a%20b&q=%C3%B1&x=", "auditoria")

    assert status == 200
    assert (seen["service"], seen["path"]) == (service, f"{path}?q=a%20b&q=%C3%B1&x=")


async def test_a_service_gets_an_inner_token_for_itself_and_never_the_outer_one(gateway: RunningGateway) -> None:
    outer = await gateway.token("azuay.reporte")
    _, _, jwks = await gateway.call("GET", "/.well-known/jwks.json")

    _, _, seen = await gateway.call("GET", "/api/v1/plans", "azuay.reporte")

    inner = header(seen, "authorization").removeprefix("Bearer ")
    keys, now = KeySet.from_jwks(jwks), datetime.now(UTC)
    claims = verify(inner, keys, "plans", "iesspr-inner+jwt", now)
    assert inner != outer
    assert (claims.subject, claims.get("kind")) == ("azuay.reporte", "user")
    assert claims.expires_at - claims.issued_at == 60
    places = {grant["dependencia"]: grant for grant in claims.get("grants")}
    assert places["DP-AZUAY"]["subtree"] is True
    assert "measurement:submit" in places["DP-AZUAY"]["permissions"]
    assert "measurement:submit" not in places["IESS"]["permissions"]
    with pytest.raises(InvalidToken):
        verify(inner, keys, "indicators", "iesspr-inner+jwt", now)


async def test_only_listed_headers_reach_a_service(gateway: RunningGateway) -> None:
    sent = {
        "X-User": "admin",
        "X_User": "admin",
        "X.User": "admin",
        "X-Forwarded-User": "admin",
        "X-Forwarded-For": "10.0.0.1",
        "Forwarded": "for=10.0.0.1",
        "X-Original-URL": "/admin",
        "X-HTTP-Method-Override": "DELETE",
        "Cookie": "session=1",
        "Proxy-Authorization": "Basic YQ==",
        "TE": "trailers",
        "Idempotency-Key": "abc",
        "If-Match": '"x"',
        "Prefer": "return=minimal",
        "Connection": "keep-alive, Prefer, Authorization",
    }

    _, _, seen = await gateway.call("GET", "/api/v1/plans", "auditoria", headers=sent)

    expected = {"host", "authorization", "x-request-id", "idempotency-key", "if-match", "user-agent", "accept"}
    assert header_names(seen) - {"accept-encoding"} == expected
    assert header(seen, "host") == gateway.services["plans"].url.removeprefix("http://")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("request-12345678", True),
        ("short", True),
        ("has space in it", False),
        ("x" * 200, False),
        ("a\tb-12345", False),
    ],
)
async def test_a_request_id_is_kept_only_when_well_formed(gateway: RunningGateway, sent: str, kept: bool) -> None:
    _, headers, seen = await gateway.call("GET", "/api/v1/plans", "auditoria", headers={"X-Request-Id": sent})

    assert header(seen, "x-request-id") == headers["x-request-id"]
    assert (headers["x-request-id"] == sent) is kept


async def test_the_answer_says_nothing_of_the_server_behind(gateway: RunningGateway) -> None:
    _, headers, _ = await gateway.call("GET", "/api/v1/plans", "auditoria")

    assert "secret" not in headers.get("server", "")
    assert headers["etag"] == '"abc"'
    assert headers["x-content-type-options"] == "nosniff"


async def test_what_the_gateway_decides_is_said_once_whatever_the_service_says(gateway: RunningGateway) -> None:
    headers = {"Authorization": f"Bearer {await gateway.token('auditoria')}", "X-Request-Id": "mine"}
    async with gateway.http.get(gateway.url + "/api/v1/plans", headers=headers) as answer:
        said = [(name.lower(), value) for name, value in answer.headers.items()]

    own = {"x-frame-options": "DENY", "referrer-policy": "no-referrer", "strict-transport-security": "max-age=31536000"}
    for name in map(str.lower, NOT_ITS_TO_SAY):
        values = [value for given, value in said if given == name]
        assert len(values) == (1 if name in (*own, "x-request-id") else 0), name
        assert not set(values) & set(NOT_ITS_TO_SAY.values()), name
    assert own.items() <= dict(said).items()
    assert dict(said)["x-request-id"] == "mine"


async def test_a_not_modified_answer_passes_without_a_body(gateway: RunningGateway) -> None:
    headers = {"If-None-Match": '"abc"'}

    status, received, body = await gateway.call("GET", "/api/v1/plans/etag", "auditoria", headers=headers)

    assert (status, received["etag"], body) == (304, '"abc"', b"")


async def test_a_head_request_passes_with_the_length_and_no_body(gateway: RunningGateway) -> None:
    status, received, body = await gateway.call("HEAD", "/api/v1/plans", "auditoria")

    assert (status, body) == (200, b"")
    assert int(received["content-length"]) > 0


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_000])
async def test_a_body_of_known_length_arrives_whole(gateway: RunningGateway, size: int) -> None:
    _, _, seen = await gateway.call("POST", "/api/v1/measurement-batches", "sys-azuay", data=b"x" * size)

    assert seen["body_length"] == size
    assert header(seen, "content-length") == str(size)


async def test_blanks_around_a_length_are_not_part_of_it(gateway: RunningGateway) -> None:
    token = await gateway.token("auditoria")
    request = (
        f"POST /api/v1/plans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        "Content-Length: \t2 \t\r\n\r\n{}"
    )

    answer = await whole_exchange(gateway, request.encode())

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"body_length": 2' in answer


async def test_a_body_of_unknown_length_is_streamed(gateway: RunningGateway) -> None:
    async def chunks() -> Any:
        for _ in range(100):
            yield b"y" * 10_000

    _, _, seen = await gateway.call("POST", "/api/v1/measurement-batches", "sys-azuay", data=chunks())

    assert seen["body_length"] == 1_000_000


async def test_a_body_beyond_the_limit_is_refused_declared_or_not(gateway: RunningGateway) -> None:
    async def chunks() -> Any:
        for _ in range(22):
            yield b"y" * 1024 * 1024

    declared = await gateway.call("POST", "/api/v1/reviews", "sys-azuay", data=b"x" * (20 * 1024 * 1024 + 1))
    streamed = await gateway.call("POST", "/api/v1/reviews", "sys-azuay", data=chunks())

    assert [(status, problem["code"]) for status, _, problem in (declared, streamed)] == [
        (413, "content-too-large"),
        (413, "content-too-large"),
    ]


async def test_a_long_answer_arrives_line_by_line(gateway: RunningGateway) -> None:
    headers = {"Authorization": f"Bearer {await gateway.token('auditoria')}"}
    url = f"{gateway.url}/api/v1/plans/stream?lines=3&pause=0.2"
    now = asyncio.get_running_loop().time

    async with gateway.http.get(url, headers=headers) as answer:
        arrived = [now() async for _ in answer.content]

    assert len(arrived) == 3
    assert arrived[2] - arrived[0] > 0.3


async def test_an_answer_cut_in_the_middle_is_never_taken_for_a_whole_one(gateway: RunningGateway) -> None:
    small = await gateway.call("GET", "/api/v1/plans/cut?size=1000", "auditoria")

    assert (small[0], small[2]["code"]) == (503, "upstream-unavailable")
    with pytest.raises(aiohttp.ClientPayloadError):
        await gateway.call("GET", "/api/v1/plans/cut?size=1000000", "auditoria")


async def test_a_service_that_is_down_gets_503_and_the_others_go_on(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    plans = gateway.services["plans"]
    await plans.stop()

    status, headers, problem = await gateway.call("GET", "/api/v1/plans", "auditoria")
    other, _, _ = await gateway.call("GET", "/api/v1/dependencias", "auditoria")
    ready, _, checks = await gateway.call("GET", "/readyz")
    await plans.start(plans.port)
    await asyncio.sleep(2.1)
    again, _, _ = await gateway.call("GET", "/api/v1/plans", "auditoria")

    assert (status, problem["code"], other) == (503, "upstream-unavailable", 200)
    assert int(headers["retry-after"]) > 0
    assert (ready, checks["checks"]["plans"]) == (503, False)
    assert again == 200


async def test_a_service_that_takes_too_long_gets_504(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(request_deadline_s=0.3)

    status, _, problem = await gateway.call("GET", "/api/v1/plans/slow?seconds=5", "auditoria")

    assert (status, problem["code"]) == (504, "gateway-timeout")


async def queue_is(gateway: RunningGateway, *, in_flight: int, waiting: int) -> None:
    upstream = gateway.context.peers["plans"].upstream
    for _ in range(400):
        if (upstream.in_flight, upstream.waiting) == (in_flight, waiting):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("the queue did not fill")


async def test_a_full_queue_is_refused_at_once_and_only_for_its_service(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(upstream_concurrency=2, upstream_queue=2, queue_wait_s=2)
    await gateway.token("auditoria")
    slow = [asyncio.create_task(gateway.call("GET", "/api/v1/plans/slow?seconds=4", "auditoria")) for _ in range(4)]
    await queue_is(gateway, in_flight=2, waiting=2)

    fifth = await gateway.call("GET", "/api/v1/plans", "auditoria")
    other = await gateway.call("GET", "/api/v1/dependencias", "auditoria")
    answers = await asyncio.gather(*slow)

    assert (fifth[0], fifth[2]["code"]) == (503, "upstream-busy")
    assert other[0] == 200
    assert sorted(status for status, _, _ in answers) == [200, 200, 503, 503]


async def test_published_data_needs_no_login_and_carries_no_identity(gateway: RunningGateway) -> None:
    status, _, seen = await gateway.call("GET", "/api/v1/public/lotaip/1.3/2019-01.json")
    bad, _, _ = await gateway.call(
        "GET", "/api/v1/public/lotaip/1.3/2019-01.json", headers={"Authorization": "Bearer x"}
    )

    assert (status, bad) == (200, 401)
    assert "authorization" not in header_names(seen)
