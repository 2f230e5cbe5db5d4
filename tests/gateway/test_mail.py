"""Invitations by mail, against a mail server that is a process of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.mail.outbox import Postman, pause_after
from gateway.settings import Settings
from gateway.transactions import transaction
from services.kit.clock import FixedClock
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.support.modules import kill, start_module
from tests.support.ports import free_port

PAGE = "https://tablero.example/activar"
NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)


@dataclass
class MailServer:
    port: int
    folder: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await start_module("tests.gateway.smtp_sink", self.port, str(self.folder))

    async def stop(self) -> None:
        if self.process is not None:
            await kill(self.process)

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(self.folder.glob("*.eml"))]


@pytest_asyncio.fixture
async def mail_server(tmp_path: Path) -> AsyncIterator[MailServer]:
    folder = tmp_path / "mail"
    folder.mkdir()
    server = MailServer(free_port(), folder)
    yield server
    await server.stop()


async def mailing(make_gateway: MakeGateway, server: MailServer, clock: FixedClock) -> tuple[RunningGateway, Postman]:
    settings: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_security": "none",
        "mail_from": "iesspr@iess.example",
        "activation_url": PAGE,
    }
    gateway = await make_gateway(clock=clock, **settings)
    mail = gateway.context.settings.mail
    assert mail is not None
    return gateway, Postman(gateway.context.database, gateway.context.vault, clock, mail)


async def invite(gateway: RunningGateway, name: str, email: str | None = "ana@iess.example") -> dict[str, Any]:
    body = {"username": name, "name": "Ana", "email": email}
    status, _, created = await gateway.call("POST", "/api/v1/users", "admin", json=body)
    assert status == 201, created
    result: dict[str, Any] = created
    return result


async def state_of(gateway: RunningGateway, name: str) -> dict[str, Any]:
    _, _, account = await gateway.call("GET", f"/api/v1/users/{name}", "admin")
    result: dict[str, Any] = account["invitation"]
    return result


async def test_an_invitation_reaches_its_owner_by_mail_and_nobody_else(
    make_gateway: MakeGateway, mail_server: MailServer
) -> None:
    await mail_server.start()
    gateway, postman = await mailing(make_gateway, mail_server, FixedClock(NOON))

    created = await invite(gateway, "ana")
    while await postman.deliver_one():
        pass
    (message,) = mail_server.messages
    text = message.get_content()
    link = re.search(rf"{PAGE}#token=(\S+)", text)
    assert link is not None, text
    body = {"token": link[1], "password": "una frase bastante larga"}
    activated, _, problem = await gateway.call("POST", "/api/v1/auth/activation", json=body)

    assert created["activation_token"] is None
    assert message["To"] == "ana@iess.example"
    assert "13/03/2026 a las 12:00" in text
    assert activated == 204, problem
    assert (await state_of(gateway, "ana"))["state"] == "sent"
    kept = await gateway.context.database.pool.fetchrow("SELECT sealed_token FROM gateway.invitation_mails")
    assert kept is not None
    assert kept["sealed_token"] is None


async def test_nothing_is_lost_while_the_mail_server_is_down(
    make_gateway: MakeGateway, mail_server: MailServer
) -> None:
    clock = FixedClock(NOON)
    gateway, postman = await mailing(make_gateway, mail_server, clock)

    await invite(gateway, "ana")
    await postman.deliver_one()
    down = await state_of(gateway, "ana")
    await mail_server.start()
    early = await postman.deliver_one()
    clock.advance(timedelta(seconds=31))
    await postman.deliver_one()

    assert (down["state"], down["attempts"], down["last_error"]) == ("queued", 1, "ConnectionRefusedError")
    assert early is False
    assert (await state_of(gateway, "ana"))["state"] == "sent"
    assert len(mail_server.messages) == 1


@pytest.mark.parametrize(("answer", "state"), [("451", "queued"), ("550", "refused")])
async def test_what_the_mail_server_refuses_is_readable(
    make_gateway: MakeGateway, mail_server: MailServer, answer: str, state: str
) -> None:
    (mail_server.folder / "answer").write_text(answer)
    await mail_server.start()
    gateway, postman = await mailing(make_gateway, mail_server, FixedClock(NOON))

    await invite(gateway, "ana")
    await postman.deliver_one()

    found = await state_of(gateway, "ana")
    assert (found["state"], found["last_error"]) == (state, f"smtp-{answer}")


async def test_an_invitation_that_ended_is_not_mailed(make_gateway: MakeGateway, mail_server: MailServer) -> None:
    clock = FixedClock(NOON)
    gateway, postman = await mailing(make_gateway, mail_server, clock)

    await invite(gateway, "ana")
    await postman.deliver_one()
    clock.advance(timedelta(hours=73))
    await mail_server.start()
    await postman.deliver_one()

    gateway.tokens.clear()
    assert (await state_of(gateway, "ana"))["state"] == "expired"
    assert mail_server.messages == []


async def test_two_gateways_send_one_message(make_gateway: MakeGateway, mail_server: MailServer) -> None:
    await mail_server.start()
    gateway, postman = await mailing(make_gateway, mail_server, FixedClock(NOON))

    await invite(gateway, "ana")
    took = await asyncio.gather(*(postman.deliver_one() for _ in range(4)))

    assert (sum(took), len(mail_server.messages)) == (1, 1)


async def test_without_an_address_the_invitation_is_shown_once_as_ever(
    make_gateway: MakeGateway, mail_server: MailServer
) -> None:
    gateway, _ = await mailing(make_gateway, mail_server, FixedClock(NOON))

    created = await invite(gateway, "ana", None)

    assert len(created["activation_token"]) > 30
    assert created["invitation"] is None


def test_pauses_grow_and_end_at_half_an_hour() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 40)] == [30, 60, 120, 1800]


def test_a_mail_server_without_sender_or_page_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "database_url": "postgresql+asyncpg://x@localhost/x",
        "signing_keys_file": tmp_path / "keys.json",
        "service_secrets": {},
        **{f"{name}_url": "http://127.0.0.1:1" for name in ("orgchart", "plans", "indicators")},
    }

    assert Settings(**values).mail is None
    with pytest.raises(ValueError, match="mail_from"):
        Settings(**values, smtp_host="127.0.0.1")


# What `email` reads as something else than one address, or cannot read at all.
NO_ADDRESSES = [
    "a@[",
    "a:;@iess.example",
    "a,b@iess.example",
    "a@.",
    "<a>@iess.example",
    "a;b@x",
    "a(b)@x",
    "é@x",
    "a@x\n",
]


@pytest.mark.parametrize("email", NO_ADDRESSES)
async def test_what_is_no_address_is_refused_before_anybody_is_invited(make_gateway: MakeGateway, email: str) -> None:
    gateway = await make_gateway()

    body = {"username": "ana", "name": "Ana", "email": email}
    status, _, problem = await gateway.call("POST", "/api/v1/users", "admin", json=body)

    assert (status, problem["errors"][0]["pointer"]) == (422, "/email")


@pytest.mark.parametrize("email", ["a@[", "a,b@iess.example"])
async def test_an_address_kept_from_before_holds_nobody_elses_invitation_up(
    make_gateway: MakeGateway, mail_server: MailServer, email: str
) -> None:
    await mail_server.start()
    gateway, postman = await mailing(make_gateway, mail_server, FixedClock(NOON))
    await invite(gateway, "eva")
    async with transaction(gateway.context.database) as connection:
        await connection.execute("UPDATE gateway.accounts SET email = $1 WHERE subject = 'eva'", email)
    await invite(gateway, "ana")

    while await postman.deliver_one():
        pass

    refused, sent = await state_of(gateway, "eva"), await state_of(gateway, "ana")
    assert (refused["state"], refused["last_error"]) == ("refused", "address-malformed")
    assert (sent["state"], [message["To"] for message in mail_server.messages]) == ("sent", ["ana@iess.example"])
