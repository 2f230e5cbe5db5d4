"""Time-based one-time codes (RFC 6238): enrolled by their owner, asked at every sign-in, each code good once.

Secrets lie sealed in the database (gateway/vault.py).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from gateway.grants.access import touch
from gateway.identity.accounts import SCHEMA, Actor, account_changed
from gateway.problems import SecondFactorExists, SecondFactorUnreadable, WrongCode
from gateway.vault import CannotOpen, Vault
from services.kit.database import Connection
from services.kit.problems import FieldError, NotFound
from services.kit.writing import Audit, seal

log = logging.getLogger("iesspr.second-factor")
STEP_S: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
# A clock may be half a minute off, a code may be typed slowly: the neighbouring steps count too.
NEIGHBOURS: Final = (0, -1, 1)


def code_at(secret: bytes, step: int) -> str:
    """The code of one step (RFC 4226 §5.3 with SHA-1, which is what authenticator apps speak)."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, now: datetime, last_step: int | None) -> int | None:
    """The step whose code this is, unless it or a later one was used before."""
    current = int(now.timestamp()) // STEP_S
    for neighbour in NEIGHBOURS:
        step = current + neighbour
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > (last_step or 0):
            return step
    return None


def owner_of(account_id: int) -> str:
    """What a sealed secret is bound to: it does not open in another account's row."""
    return f"totp:{account_id}"


def opened(vault: Vault, row: Any) -> bytes:
    """The secret of an account's row (id, totp_secret, totp_is_sealed). Raises SecondFactorUnreadable."""
    if not row["totp_is_sealed"]:
        return bytes(row["totp_secret"])  # of before the migration, until the next start seals it
    try:
        return vault.open_sealed(row["totp_secret"], owner_of(row["id"]))
    except CannotOpen as error:
        raise SecondFactorUnreadable from error


async def seal_all(connection: Connection, vault: Vault, key_id: str | None = None) -> int:
    """Seals what is not sealed with the key that seals now. Returns how many; what cannot be opened stays as it is.

    key_id: with this key instead, which is to seal next.
    """
    rows = await connection.fetch(
        "SELECT id, totp_secret, totp_is_sealed FROM gateway.accounts WHERE totp_secret IS NOT NULL FOR UPDATE"
    )
    stale = [row for row in rows if not (row["totp_is_sealed"] and vault.is_current(row["totp_secret"], key_id))]
    changed = 0
    for row in stale:
        try:
            secret = opened(vault, row)
        except SecondFactorUnreadable:
            log.warning(
                "the second factor of account %d cannot be opened with the keys of this installation", row["id"]
            )
            continue
        sealed = vault.seal(secret, owner_of(row["id"]), key_id)
        await connection.execute(
            "UPDATE gateway.accounts SET totp_secret = $2, totp_is_sealed = true WHERE id = $1", row["id"], sealed
        )
        changed += 1
    return changed


async def enrol(connection: Connection, vault: Vault, actor: Actor) -> str:
    """A new secret, in base32, that waits for its first code. Raises SecondFactorExists."""
    secret = secrets.token_bytes(SECRET_BYTES)
    account = await connection.fetchval(
        "SELECT id FROM gateway.accounts WHERE subject = $1 AND totp_confirmed_at IS NULL FOR UPDATE", actor.subject
    )
    if account is None:
        raise SecondFactorExists
    await connection.execute(
        "UPDATE gateway.accounts SET totp_secret = $2, totp_is_sealed = true, totp_last_step = NULL WHERE id = $1",
        account,
        vault.seal(secret, owner_of(account)),
    )
    await _record(connection, actor, "account.second-factor-begun", actor.subject)
    return base64.b32encode(secret).decode().rstrip("=")


def address_of(subject: str, secret: str) -> str:
    """What authenticator apps read as a QR code. secret: in base32."""
    return f"otpauth://totp/IESSPR:{quote(subject)}?secret={secret}&issuer=IESSPR"


async def confirm(connection: Connection, vault: Vault, actor: Actor, code: str) -> None:
    """Turns the second factor on with its first code. Raises WrongCode."""
    row = await connection.fetchrow(
        """SELECT id, totp_secret, totp_is_sealed, totp_last_step FROM gateway.accounts
           WHERE subject = $1 AND totp_secret IS NOT NULL AND totp_confirmed_at IS NULL FOR UPDATE""",
        actor.subject,
    )
    step = matching_step(opened(vault, row), code, actor.now, row["totp_last_step"]) if row is not None else None
    if step is None:
        raise WrongCode(errors=[FieldError("/code", WrongCode.code, WrongCode.default_detail)])
    await connection.execute(
        "UPDATE gateway.accounts SET totp_confirmed_at = $2, totp_last_step = $3 WHERE subject = $1",
        actor.subject,
        actor.now,
        step,
    )
    await _record(connection, actor, "account.second-factor-on", actor.subject)


async def use(connection: Connection, vault: Vault, account_id: int, code: str, now: datetime) -> bool:
    """True when the code is right; it then never works again."""
    row: Any = await connection.fetchrow(
        "SELECT id, totp_secret, totp_is_sealed, totp_last_step FROM gateway.accounts WHERE id = $1 FOR UPDATE",
        account_id,
    )
    step = matching_step(opened(vault, row), code, now, row["totp_last_step"])
    if step is None:
        return False
    await connection.execute("UPDATE gateway.accounts SET totp_last_step = $2 WHERE id = $1", account_id, step)
    return True


async def reset(connection: Connection, actor: Actor, subject: str) -> None:
    """Takes the second factor off, for somebody who lost the device. Raises NotFound."""
    known = await connection.fetchval(
        """UPDATE gateway.accounts SET totp_secret = NULL, totp_is_sealed = false, totp_confirmed_at = NULL,
               totp_last_step = NULL, version = version + 1, updated_at = $2
           WHERE subject = $1 AND kind = 'user' RETURNING true""",
        subject,
        actor.now,
    )
    if not known:
        raise NotFound
    await _record(connection, actor, "account.second-factor-off", subject)


async def _record(connection: Connection, actor: Actor, action: str, subject: str) -> None:
    await touch(connection)
    audit = Audit(actor.subject, action, f"account:{subject}", request_id=actor.request_id)
    await seal(connection, SCHEMA, now=actor.now, events=[account_changed(subject, action)], audit=[audit])
