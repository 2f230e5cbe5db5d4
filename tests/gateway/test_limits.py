from __future__ import annotations

import pytest

from gateway.limits import RateLimits, kind_of
from tests.gateway.conftest import MakeGateway, RunningGateway


def test_a_quota_lets_a_burst_of_its_size_pass_and_no_more() -> None:
    limits = RateLimits({"read": 5})

    standings = [limits.take("read", "a") for _ in range(7)]

    assert [s.is_allowed for s in standings] == [True] * 5 + [False] * 2
    assert [s.remaining for s in standings][:5] == [4, 3, 2, 1, 0]
    assert 1 <= standings[-1].retry_after_s <= 12


def test_a_quota_says_when_it_is_whole_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr("gateway.limits.time.monotonic", lambda: now)
    limits = RateLimits({"read": 5})

    burst = [limits.take("read", "a") for _ in range(6)]
    now += 30
    later = limits.take("read", "a")

    assert [s.headers()[1][1] for s in burst] == [
        b'"read";r=4;t=12', b'"read";r=3;t=24', b'"read";r=2;t=36', b'"read";r=1;t=48', b'"read";r=0;t=60',
        b'"read";r=0;t=12',
    ]  # fmt: skip
    assert later.headers()[1][1] == b'"read";r=1;t=42'


def test_callers_and_kinds_do_not_share_a_quota() -> None:
    limits = RateLimits({"read": 1, "write": 1})

    taken = [limits.take("read", "a"), limits.take("read", "b"), limits.take("write", "a")]

    assert all(standing.is_allowed for standing in taken)
    assert not limits.applies_to("sign_in")


def test_a_request_is_of_the_kind_that_its_method_and_address_say() -> None:
    assert kind_of("GET", "/api/v1/plans") == "read"
    assert kind_of("DELETE", "/api/v1/plans") == "write"
    assert kind_of("POST", "/api/v1/auth/login") == "sign_in"


async def test_a_caller_beyond_its_quota_gets_429_and_others_do_not(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(reads_per_minute=3)

    answers = [await gateway.call("GET", "/api/v1/plans", "auditoria") for _ in range(4)]
    other, _, _ = await gateway.call("GET", "/api/v1/plans", "consulta")

    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    await gateway.app._refusals.flush()
    trail = await gateway.context.database.pool.fetch(
        "SELECT actor, target, reason FROM gateway.audit_events WHERE action = 'request.refused'"
    )
    assert ("auditoria", "GET plans/plans", "too-many-requests") in {tuple(row) for row in trail}
    assert answers[0][1]["ratelimit-policy"] == '"read";q=3;w=60'
    assert answers[0][1]["ratelimit"].startswith('"read";r=2;t=')
    assert answers[3][1]["ratelimit"] == f'"read";r=0;t={answers[3][1]["retry-after"]}'
    assert int(answers[3][1]["retry-after"]) > 0
    assert answers[3][2]["code"] == "too-many-requests"
    assert other == 200


async def test_signing_in_is_limited_by_address(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(sign_ins_per_minute=2)
    body = {"username": "x", "password": "y"}

    statuses = [(await gateway.call("POST", "/api/v1/auth/login", json=body))[0] for _ in range(4)]

    assert statuses == [401, 401, 429, 429]


async def test_metrics_count_requests_by_upstream_and_status(gateway: RunningGateway) -> None:
    await gateway.call("GET", "/api/v1/plans", "auditoria")
    await gateway.call("GET", "/api/v1/plans")

    status, headers, text = await gateway.call("GET", "/metrics")

    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    assert b'iesspr_gateway_requests_total{upstream="plans",route="plans",method="GET",status="200"}' in text
    assert b'iesspr_gateway_requests_total{upstream="plans",route="plans",method="GET",status="401"}' in text
    assert b'iesspr_gateway_upstream_in_flight{upstream="plans"} 0' in text


async def test_metrics_with_a_token_do_not_exist_for_others(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(metrics_token="only-for-the-collector")

    without, _, _ = await gateway.call("GET", "/metrics")
    with_token, _, _ = await gateway.call("GET", "/metrics", headers={"Authorization": "Bearer only-for-the-collector"})

    assert (without, with_token) == (404, 200)


async def test_only_listed_origins_may_call_from_a_browser(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(cors_origins=["https://tablero.example"])
    ask = {"Access-Control-Request-Method": "GET"}

    good = await gateway.call("OPTIONS", "/api/v1/plans", headers={"Origin": "https://tablero.example", **ask})
    bad = await gateway.call("OPTIONS", "/api/v1/plans", headers={"Origin": "https://tablero.example.evil.org", **ask})
    answer = await gateway.call("GET", "/api/v1/plans", "auditoria", headers={"Origin": "https://tablero.example"})

    assert (good[0], good[1]["access-control-allow-origin"]) == (204, "https://tablero.example")
    assert "access-control-allow-origin" not in bad[1]
    assert answer[1]["access-control-allow-origin"] == "https://tablero.example"
    assert answer[1]["vary"] == "Origin"


async def test_what_else_an_answer_depends_on_is_told_beside_the_origin(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(cors_origins=["https://tablero.example"])
    headers = {"Authorization": f"Bearer {await gateway.token('auditoria')}"}

    async with gateway.http.get(f"{gateway.url}/api/v1/me", headers=headers) as answer:
        varies = {name.strip() for line in answer.headers.getall("Vary") for name in line.split(",")}

    assert varies == {"Authorization", "Accept", "Origin"}


async def test_without_listed_origins_no_browser_of_another_origin_may_call(gateway: RunningGateway) -> None:
    _, headers, _ = await gateway.call("GET", "/api/v1/plans", "auditoria", headers={"Origin": "https://x.example"})

    assert not [name for name in headers if name.startswith("access-control")]


async def test_two_gateways_do_not_double_the_tries(make_gateway: MakeGateway) -> None:
    """The hard stop lives in the database; twice as many gateways allow not one guess more."""
    one = await make_gateway()
    other = await make_gateway()
    body = {"username": "guayas.reporte", "password": "no es esta"}

    answers = [
        (await gateway.call("POST", "/api/v1/auth/login", json=body))[0] for _ in range(8) for gateway in (one, other)
    ]

    assert answers.count(401) == 11, answers
    assert set(answers[11:]) == {429}
