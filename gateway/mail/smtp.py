"""One message to one mail server, by the standard library's client in a thread."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Literal

TIMEOUT_S: Final = 10.0
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. security: `starttls` (587), `tls` (465) or `none` (a relay on this machine)."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str


class NotDelivered(Exception):
    """why: a short code for people who run the installation, without addresses. is_final: trying again is useless."""

    def __init__(self, why: str, *, is_final: bool) -> None:
        super().__init__(why)
        self.why = why
        self.is_final = is_final


async def deliver(server: MailServer, message: EmailMessage) -> None:
    """Raises NotDelivered unless the server took the message."""
    await asyncio.to_thread(_deliver, server, message)


def _deliver(server: MailServer, message: EmailMessage) -> None:
    try:
        with _connected(server) as client:
            if server.username is not None:
                client.login(server.username, server.password)
            client.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise NotDelivered(f"smtp-{codes[0]}", is_final=all(500 <= code < 600 for code in codes)) from error
    except smtplib.SMTPAuthenticationError as error:
        # The installation's mistake, not the recipient's: once it is mended the message still has to go out.
        raise NotDelivered(f"smtp-{error.smtp_code}", is_final=False) from error
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"smtp-{error.smtp_code}", is_final=500 <= error.smtp_code < 600) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(type(error).__name__, is_final=False) from error


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    if server.security == "starttls":
        client.starttls(context=context)
    return client
