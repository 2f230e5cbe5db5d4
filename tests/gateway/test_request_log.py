"""The log of requests: one JSON object per line, in the form of the kit's logs."""

from __future__ import annotations

import json
import logging

import pytest

from gateway import requestlog
from gateway.requestlog import NAME, Answered, RequestLog

SEEN = Answered("abc", "GET", "/api/v1/plans/ñ\n", 200, 1.5, "auditoria", "plans")


async def test_every_request_is_a_line_of_its_own_by_the_time_the_server_stops(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    log = RequestLog()
    await log.open()
    with caplog.at_level(logging.INFO, NAME):
        log.note(SEEN)
        log.note(SEEN._replace(subject=None, upstream=None))
        await log.close()

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info", "logger": NAME, "message": "request", "service": "gateway", **SEEN._asdict()
    }  # fmt: skip
    assert (second["subject"], second["upstream"]) == (None, None)


async def test_lines_do_not_pile_up(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requestlog, "AT_MOST", 3)
    log = RequestLog()
    with caplog.at_level(logging.INFO, NAME):
        for _ in range(4):
            log.note(SEEN)

    assert len(capsys.readouterr().out.splitlines()) == 3
