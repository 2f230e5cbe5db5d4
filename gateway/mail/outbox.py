"""Invitations that wait for the mail server: written with the invitation, sent afterwards, at least once.

The link's secret lies sealed while it waits and is wiped as soon as the server has taken the message, refused it for
good, or the invitation has ended. What became of it is readable with the account (`invitation`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from gateway.identity.sessions import digest
from gateway.mail.addresses import is_address
from gateway.mail.smtp import MailServer, NotDelivered, deliver
from gateway.transactions import transaction
from gateway.vault import CannotOpen, Vault
from services.kit.clock import GUAYAQUIL, Clock
from services.kit.database import Connection, Database
from services.kit.writing import Audit, seal

log = logging.getLogger("iesspr.mail")
POLL_S: Final = 2.0
LONGEST_PAUSE: Final = timedelta(minutes=30)
# A gateway that dies while it sends leaves the message to the next one after this.
LEASE: Final = timedelta(minutes=1)
TEXT: Final = """Se creó para usted la cuenta «{subject}» en IESS por Resultados, o se restableció su contraseña.

Para elegir su contraseña abra esta dirección antes del {until} (hora de Ecuador):

{link}

La dirección sirve una sola vez. Si no esperaba este mensaje, bórrelo y avise a quien administra la plataforma.
"""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """activation_url: the front end's page; the secret travels behind `#`, which browsers send to no server."""

    server: MailServer
    sender: str
    activation_url: str


def _owner(account_id: int) -> str:
    return f"invitation:{account_id}"


async def enqueue(
    connection: Connection, vault: Vault, account_id: int, token: str, now: datetime, expires_at: datetime
) -> None:
    """Puts an account's invitation in the outbox, in place of an earlier one."""
    await connection.execute(
        """INSERT INTO gateway.invitation_mails
               (account_id, state, sealed_token, queued_at, expires_at, next_at, attempts)
           VALUES ($1, 'queued', $2, $3, $4, $3, 0)
           ON CONFLICT (account_id) DO UPDATE SET state = 'queued', sealed_token = excluded.sealed_token,
               queued_at = excluded.queued_at, expires_at = excluded.expires_at, next_at = excluded.next_at,
               attempts = 0, sent_at = NULL, last_error = NULL""",
        account_id,
        vault.seal(token.encode(), _owner(account_id)),
        now,
        expires_at,
    )


class Postman:
    """Delivers what is in the outbox. Several gateways share it: each message is leased to one of them at a time."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, settings: MailSettings) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._deliver_for_ever(), name="postman")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _deliver_for_ever(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                while await self.deliver_one():
                    pass
            except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                log.warning("the outbox cannot be read: %s", type(error).__name__)

    async def deliver_one(self) -> bool:
        """Takes one message that is due. False when none is."""
        row = await self._lease()
        if row is None:
            return False
        state, error = await self._send(row)
        now = self._clock.now()
        async with transaction(self._database) as connection:
            await connection.execute(
                """UPDATE gateway.invitation_mails SET state = $2, last_error = $3,
                       sent_at = CASE WHEN $2 = 'sent' THEN $4::timestamptz END,
                       next_at = CASE WHEN $2 = 'queued' THEN $5::timestamptz ELSE next_at END,
                       sealed_token = CASE WHEN $2 = 'queued' THEN sealed_token END
                   WHERE account_id = $1 AND queued_at = $6""",
                row["account_id"],
                state,
                error,
                now,
                now + pause_after(row["attempts"]),
                row["queued_at"],
            )
            if state != "queued":
                audit = Audit("system", f"account.invitation-{state}", f"account:{row['subject']}", reason=error)
                await seal(connection, "gateway", now=now, audit=[audit])
        return True

    async def _lease(self) -> asyncpg.Record | None:
        now = self._clock.now()
        async with transaction(self._database) as connection:
            return await connection.fetchrow(
                """UPDATE gateway.invitation_mails m SET attempts = m.attempts + 1, next_at = $2
                   FROM gateway.accounts a
                   WHERE a.id = m.account_id AND m.account_id = (
                       SELECT account_id FROM gateway.invitation_mails WHERE state = 'queued' AND next_at <= $1
                       ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                   RETURNING m.account_id, m.sealed_token, m.queued_at, m.expires_at, m.attempts, a.subject, a.email,
                       a.status, a.activation_digest""",
                now,
                now + LEASE,
            )

    async def _send(self, row: asyncpg.Record) -> tuple[str, str | None]:
        """What becomes of the message, and why."""
        try:
            token = self._vault.open_sealed(row["sealed_token"], _owner(row["account_id"])).decode()
        except CannotOpen:
            return "refused", "sealing-key-lost"
        if row["status"] != "invited" or row["activation_digest"] != digest(token) or row["email"] is None:
            return "expired", "invitation-ended"
        if row["expires_at"] <= self._clock.now():
            return "expired", "not-delivered-in-time"
        if not is_address(row["email"]):
            # Kept from before addresses were checked: composing it could raise, and end every delivery after it.
            return "refused", "address-malformed"
        try:
            await deliver(self._settings.server, self._message(row, token))
        except NotDelivered as error:
            log.warning("an invitation could not be mailed: %s", error.why)
            return ("refused" if error.is_final else "queued"), error.why
        return "sent", None

    def _message(self, row: Any, token: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._settings.sender, row["email"]
        message["Subject"] = "Su cuenta en IESS por Resultados"
        message["Auto-Submitted"] = "auto-generated"
        until = row["expires_at"].astimezone(GUAYAQUIL).strftime("%d/%m/%Y a las %H:%M")
        link = f"{self._settings.activation_url}#token={token}"
        message.set_content(TEXT.format(subject=row["subject"], until=until, link=link))
        return message


def pause_after(attempts: int) -> timedelta:
    """30 s, 1, 2, 4 … minutes, at most LONGEST_PAUSE."""
    return min(timedelta(seconds=30 * 2 ** min(attempts - 1, 10)), LONGEST_PAUSE)
