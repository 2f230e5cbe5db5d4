"""What does not get past the front door: odd addresses, odd headers, odd requests."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from gateway.paths import check_path, upstream_of
from gateway.problems import UnsafePath
from services.indicators.catalogs import CATALOGS as INDICATORS_CATALOGS
from services.orgchart.catalogs import CATALOGS as ORGCHART_CATALOGS
from services.plans.catalogs import CATALOGS as PLANS_CATALOGS
from tests.gateway.conftest import RunningGateway
from tests.gateway.raw import exchange, whole_exchange
from tests.support.declared import judge
from tests.support.proofs import Says

pytestmark = pytest.mark.edge
TRICKS = [
    "/api/v1/plans/../users",
    "/api/v1/./plans",
    "/api/v1/plans/..",
    "/api/v1/%2e%2e/users",
    "/api/v1/plans/%2E%2E/%2e%2e/internal",
    "/api/v1/.%2e/users",
    "/api/v1/%2e/plans",
    "/api/v1//plans",
    "//api/v1/plans",
    "/api/v1/plans//",
    "/api/v1/plans/",
    "/api/v1/plans%2f..%2fusers",
    "/api/v1/plans%2Fx",
    "/api/v1/plans%5c..%5cusers",
    "/api/v1/plans\\..\\users",
    "/api/v1/plans%00",
    "/api/v1/plans/%00/x",
    "/api/v1/plans%0d%0aX-User:%20admin",
    "/api/v1/plans%09",
    "/api/v1/plans%7f",
    "/api/v1/plans%252e%252e",
    "/api/v1/plans%25",
    "/api/v1/plans%3fx=1",
    "/api/v1/plans%23x",
    "/api/v1/plans%",
    "/api/v1/plans%2",
    "/api/v1/plans%zz",
    "/api/v1/plans%u002e",
    "/api/v1/plans/%c0%ae%c0%ae/users",
    "/api/v1/plans/%ff",
    "/api/v1/plans/%ed%a0%80",
    "/api/v1/plans/%e2%80",
    "/api/v1/...",
    "/api/v1/plans/....",
]


@pytest.mark.parametrize("path", TRICKS)
def test_a_path_with_two_readings_is_refused(path: str) -> None:
    with pytest.raises(UnsafePath):
        check_path(path.encode())


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/rof/units/5.4.1", "/api/v1/plans/A;b=1,2:@!$&'()*+~", "/x/%C3%B1", "/x/a%20b"]
)
def test_a_path_with_one_reading_passes(path: str) -> None:
    check_path(path.encode())


@pytest.mark.parametrize("path", TRICKS)
async def test_a_tricky_path_gets_400_and_reaches_no_service(gateway: RunningGateway, path: str, proof: Says) -> None:
    before = sum(len(service.received) for service in gateway.services.values())
    token = await gateway.token("auditoria")

    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    answer = await exchange(gateway, request.encode())

    proof("edge: path trick refused with 400 before any service")
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
    assert sum(len(service.received) for service in gateway.services.values()) == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing-here",
        "/api/v1/",
        "/api/v1",
        "/feed",
        "/snapshot",
        "/catalogs",
        "/openapi.json",
        "/audit-events",
        "/admin",
        "/internal/secrets",
        "/internal",
        "/API/V1/plans",
        "/api/v1/Plans",
        "/api/v1/plans.json",
        "/docs/assets/..;/x",
        "/docs/assets/core.py",
        "/api/v2/plans",
    ],
)
async def test_an_address_that_is_nobodys_gets_a_404_problem(gateway: RunningGateway, path: str, proof: Says) -> None:
    status, headers, body = await gateway.call("GET", path, "auditoria")

    proof("edge: address that is nobody's")
    assert status in (400, 404)
    assert headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


def test_a_first_segment_is_matched_whole() -> None:
    assert upstream_of("/api/v1/plans") == "plans"
    assert upstream_of("/api/v1/plansx") is None
    assert upstream_of("/api/v1plans") is None


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "bearer x", "Token x", "Bearer x y", "Bearer ñ"],
)
async def test_without_a_good_token_the_answer_is_401(gateway: RunningGateway, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    for path in ("/api/v1/plans", "/api/v1/me"):
        status, received, problem = await gateway.call("GET", path, headers=headers)

        assert (status, problem["code"]) == (401, "unauthorized")
        assert "www-authenticate" in received


@pytest.mark.parametrize("path", ["/api/v1/plans", "/api/v1/me"])
async def test_two_authorization_headers_are_refused(gateway: RunningGateway, path: str) -> None:
    good = await gateway.token("auditoria")
    request = (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {good}\r\n"
        f"Authorization: Bearer {good}\r\nConnection: close\r\n\r\n"
    )

    assert (await exchange(gateway, request.encode())).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: u@a\r\n",
        "Host: a:b\r\n",
        "Host: [::1\r\n",
        "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
    ],
)
async def test_a_head_that_two_readers_could_take_differently_is_refused(gateway: RunningGateway, lines: str) -> None:
    request = f"GET /livez HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"

    answer = await exchange(gateway, request.encode())

    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"code":"malformed-request"' in answer


@pytest.mark.parametrize(
    "coding", ["x\r\nTransfer-Encoding: chunked", "gzip, chunked", "identity, chunked", ",chunked", "chunked, chunked"]
)
async def test_after_a_framing_in_doubt_nothing_more_is_read(gateway: RunningGateway, coding: str) -> None:
    refused = f"POST /api/v1/reviews HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"

    answer = await whole_exchange(gateway, (refused + "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").encode())

    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"400"]
    assert b"connection: close" in answer


@pytest.mark.parametrize("line", ["Host: a:80\r\n", "Host: [::1]:80\r\n", "Host: \r\n", "Host: A-1.example.\r\n"])
async def test_a_host_of_any_name_is_served(gateway: RunningGateway, line: str) -> None:
    answer = await exchange(gateway, f"GET /livez HTTP/1.1\r\n{line}Connection: close\r\n\r\n".encode())
    older = await exchange(gateway, b"GET /livez HTTP/1.0\r\n\r\n")

    assert (answer[:12], older[:12]) == (b"HTTP/1.1 200", b"HTTP/1.1 200")


SMUGGLING = {
    "CL and TE": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    "GET /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "length list": "Content-Length: 5, 5\r\n\r\nhello",
    "signed length": "Content-Length: +5\r\n\r\nhello",
    "hex length": "Content-Length: 0x5\r\n\r\nhello",
    "negative length": "Content-Length: -1\r\n\r\nhello",
    "huge length": "Content-Length: 99999999999999999999999\r\n\r\nhello",
    "TE spelled oddly": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "TE twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "TE with space": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "bad chunk size": "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "negative chunk": "Transfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n",
    "folded header": "X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "bare LF": "X-A: b\nX-User: admin\r\nContent-Length: 0\r\n\r\n",
    "NUL in a header": "X-A: b\x00c\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
async def test_a_request_of_doubtful_length_brings_no_second_request(
    gateway: RunningGateway, name: str, proof: Says
) -> None:
    token = await gateway.token("sys-azuay")
    before = [len(service.received) for service in gateway.services.values()]
    request = f"POST /api/v1/plans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{SMUGGLING[name]}"

    answer = await exchange(gateway, request.encode("latin-1"))

    statuses = [int(part[9:12]) for part in answer.split(b"\r\n") if part.startswith(b"HTTP/1.1 ")]
    proof("edge: smuggling shape that brought no second request and no 500")
    assert all(status < 500 for status in statuses), answer[:300]
    assert len(statuses) <= 2
    reached = sum(len(s.received) for s in gateway.services.values()) - sum(before)
    assert reached <= 1
    assert b"users" not in answer


async def test_a_problem_is_in_spanish_and_names_the_request(gateway: RunningGateway) -> None:
    status, headers, problem = await gateway.call(
        "GET", "/api/v1/nothing", "auditoria", headers={"X-Request-Id": "my-request-1"}
    )

    assert status == 404
    assert problem["request_id"] == headers["x-request-id"] == "my-request-1"
    assert problem["title"] == "No encontrado"
    assert problem["instance"] == "/api/v1/nothing"


async def test_a_wrong_method_gets_405_with_allow(gateway: RunningGateway) -> None:
    status, headers, problem = await gateway.call("DELETE", "/api/v1/me", "auditoria")

    assert (status, problem["code"]) == (405, "method-not-allowed")
    assert headers["allow"] == "GET"


async def test_an_unknown_parameter_of_the_gateways_own_calls_is_422(gateway: RunningGateway) -> None:
    status, _, problem = await gateway.call("GET", "/api/v1/me?nope=1", "auditoria")

    assert (status, problem["code"]) == (422, "unknown-parameter")


async def test_the_docs_page_loads_nothing_from_elsewhere(gateway: RunningGateway) -> None:
    status, headers, page = await gateway.call("GET", "/docs")
    assets = [await gateway.call("GET", f"/docs/assets/{name}") for name in ("swagger-ui-bundle.js", "swagger-ui.css")]

    assert status == 200
    assert b"https://" not in page
    assert b"http://" not in page
    assert "default-src 'self'" in headers["content-security-policy"]
    assert all(answer[0] == 200 and len(answer[2]) > 10_000 for answer in assets)


async def test_the_merged_description_names_every_operation_once(gateway: RunningGateway) -> None:
    status, _, document = await gateway.call("GET", "/api/v1/openapi.json")

    operations = [o for path in document["paths"].values() for o in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert status == 200
    assert document["openapi"].startswith("3.1")
    assert len(ids) == len(set(ids))
    assert {"/api/v1/orgchart-things", "/api/v1/me", "/api/v1/auth/login"} <= set(document["paths"])
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    assert "http" not in json.dumps(document.get("x-missing-services", []))


async def test_catalogues_of_all_services_come_together(gateway: RunningGateway) -> None:
    status, _, catalogs = await gateway.call("GET", "/api/v1/catalogs", "consulta")

    assert status == 200
    assert {"orgchart_catalog", "plans_catalog", "indicators_catalog", "roles"} <= set(catalogs)
    assert {"code": "reporter", "label": "Reporte"} in catalogs["roles"]


async def test_catalogues_are_as_declared(gateway: RunningGateway) -> None:
    _, _, document = await gateway.call("GET", "/api/v1/openapi.json")
    _, _, catalogs = await gateway.call("GET", "/api/v1/catalogs", "consulta")

    real: dict[str, Any] = ORGCHART_CATALOGS | PLANS_CATALOGS | INDICATORS_CATALOGS
    assert {"plan_statuses", "traffic_lights", "dependencia_kinds"} <= set(real)
    judge(document, "GET", "/catalogs", 200, catalogs | real)
