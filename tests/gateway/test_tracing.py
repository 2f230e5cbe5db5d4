"""Traces, against a collector that is a process of its own; nothing is traced while the switch is off."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.front import Front
from services.kit.telemetry import is_on, telemetry_of
from tests.e2e.installation import Installation
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.support.modules import kill, start_module
from tests.support.ports import free_port

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
NAME = "apellido-buscado"


@dataclass
class Collector:
    url: str
    file: Path

    @property
    def spans(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []


@pytest_asyncio.fixture
async def collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A running collector to which everything started by the test exports."""
    port, file = free_port(), tmp_path / "spans.jsonl"
    process = await start_module("tests.gateway.otlp_collector", port, str(file))
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    yield Collector(url, file)
    await kill(process)


def flush(gateway: RunningGateway) -> None:
    telemetry = gateway.app.api.state.telemetry
    telemetry.provider.force_flush()


async def test_a_request_is_one_trace_from_the_caller_to_the_service(
    make_gateway: MakeGateway, collector: Collector
) -> None:
    gateway = await make_gateway()
    await gateway.token("consulta")

    status, headers, seen = await gateway.call(
        "GET", f"/api/v1/plans?q={NAME}", "consulta", headers={"traceparent": TRACEPARENT}
    )
    await gateway.call("GET", "/api/v1/users/azuay.reporte", "admin", headers={"traceparent": TRACEPARENT})
    await asyncio.to_thread(flush, gateway)

    spans = [span for span in collector.spans if span["traceId"] == _encoded(TRACE)]
    server, client = (
        next(span for span in spans if span["name"] == name) for name in ("GET /api/v1/plans", "plans GET")
    )
    forwarded = dict(seen["headers"])["traceparent"]
    assert (status, headers["traceparent"]) == (200, TRACEPARENT)
    assert server["service"] == "iesspr-gateway"
    assert server["attributes"]["http.response.status_code"] == "200"
    assert client["parentSpanId"] == server["spanId"]
    assert forwarded.split("-")[1] == TRACE
    assert _encoded(forwarded.split("-")[2]) == client["spanId"]
    assert any(span["name"].startswith("SQL ") and "gateway.accounts" in str(span["attributes"]) for span in spans)
    text = collector.file.read_text()
    assert not [word for word in (NAME, "azuay.reporte", await gateway.token("consulta")) if word in text]


async def test_a_collector_that_is_gone_harms_no_request(
    make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    gateway = await make_gateway()

    answers = [(await gateway.call("GET", "/api/v1/plans", "consulta"))[0] for _ in range(5)]

    assert answers == [200] * 5


async def test_it_is_off_unless_a_collector_is_named(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)

    assert isinstance(gateway.app, Front)
    assert telemetry_of("gateway") is None
    assert is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert not is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"})
    assert not is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"})


@pytest.mark.proof
@pytest.mark.e2e
async def test_real_processes_export_one_trace_without_naming_anybody(tmp_path: Path, collector: Collector) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    installation = Installation(tmp_path / "home", environment=environment)
    await asyncio.to_thread(installation.start)
    try:
        answer = await asyncio.to_thread(
            installation.call,
            "GET",
            f"/api/v1/dependencias?q={NAME}",
            who="consulta",
            headers={"traceparent": TRACEPARENT},
        )
        assert answer.status == 200
        await asyncio.sleep(1.5)
    finally:
        await asyncio.to_thread(installation.stop)

    spans = [span for span in collector.spans if span["traceId"] == _encoded(TRACE)]
    by_id = {span["spanId"]: span for span in spans}
    of_service = next(span for span in spans if span["service"] == "iesspr-orgchart" and "HTTP" not in span["name"])
    chain = [of_service]
    while chain[-1].get("parentSpanId") in by_id:
        chain.append(by_id[chain[-1]["parentSpanId"]])
    assert [span["service"] for span in chain][-2:] == ["iesspr-gateway", "iesspr-gateway"]
    assert any(span["name"] == "SQL SELECT" and span["service"] == "iesspr-orgchart" for span in spans)
    assert NAME not in collector.file.read_text()


def _encoded(hexadecimal: str) -> str:
    """How JSON of protobuf writes the bytes of an id."""
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()
