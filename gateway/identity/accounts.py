"""The life of accounts: invited, active, disabled. Every change ends in the trail and moves the access stamp."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.grants.access import touch
from gateway.identity.passwords import Passwords, check_strength
from gateway.identity.sessions import digest, end_all
from gateway.mail.outbox import enqueue
from gateway.problems import AccountNotActivated, OwnAccount, SubjectTaken, WrongActivation
from gateway.vault import Vault
from services.kit.database import Connection, Pool
from services.kit.pages import instant
from services.kit.problems import FieldError, NotFound
from services.kit.writing import Audit, Event, seal
from services.kit.writing import digest as document_digest

SCHEMA: Final = "gateway"
INVITATION: Final = timedelta(hours=72)

COLUMNS: Final = {
    "subject": "a.subject",
    "kind": "a.kind",
    "name": "a.name",
    "status": "a.status",
    "has_second_factor": "a.totp_confirmed_at IS NOT NULL",
    "secret_changed_at": instant("a.secret_changed_at"),
    "last_sign_in_at": instant("a.last_sign_in_at"),
    "invitation": f"""(SELECT json_build_object('state', m.state, 'queued_at', {instant("m.queued_at")},
        'attempts', m.attempts, 'sent_at', {instant("m.sent_at")}, 'last_error', m.last_error)
        FROM gateway.invitation_mails m WHERE m.account_id = a.id)""",
    "created_at": instant("a.created_at"),
    "created_by": "a.created_by",
    "updated_at": instant("a.updated_at"),
}
_ONE: Final = f"""SELECT json_build_object({", ".join(f"'{n}', {sql}" for n, sql in COLUMNS.items())})::text
    FROM gateway.accounts a WHERE a.kind = $1 AND a.subject = $2"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes the change, in which request, when."""

    subject: str
    request_id: str
    now: datetime


async def read_account(connection: Connection | Pool, kind: str, subject: str) -> str:
    """The account's JSON. connection: a connection or a pool. Raises NotFound."""
    document: str | None = await connection.fetchval(_ONE, kind, subject)
    if document is None:
        raise NotFound
    return document


async def create_account(
    connection: Connection, actor: Actor, kind: str, subject: str, name: str, secret_hash: str | None, email: str | None
) -> str:
    """The new account's JSON; invited without a secret, active with one. Raises SubjectTaken."""
    created = await connection.fetchval(
        """INSERT INTO gateway.accounts (id, kind, subject, name, email, status, secret_hash, secret_changed_at,
               created_at, created_by, updated_at, version)
           VALUES (nextval('gateway.account_ids'), $1, $2, $3, $4, $5, $6,
               CASE WHEN $6::text IS NULL THEN NULL ELSE $7::timestamptz END, $7::timestamptz, $8, $7, 1)
           ON CONFLICT (subject) DO NOTHING RETURNING true""",
        kind,
        subject,
        name,
        email,
        "invited" if secret_hash is None else "active",
        secret_hash,
        actor.now,
        actor.subject,
    )
    if not created:
        raise SubjectTaken
    after = await read_account(connection, kind, subject)
    await _seal(connection, actor, "account.created", subject, None, after)
    return after


async def change_account(
    connection: Connection, actor: Actor, kind: str, subject: str, name: str | None, status: str | None
) -> str:
    """The changed account's JSON. Disabling ends its sessions. Raises NotFound, AccountNotActivated, OwnAccount."""
    before = await read_account(connection, kind, subject)
    if status == "disabled" and subject == actor.subject:
        raise OwnAccount
    row = await connection.fetchrow(
        """SELECT id, secret_hash IS NOT NULL OR EXISTS (SELECT 1 FROM gateway.external_identities e
               WHERE e.account_id = a.id) AS can_sign_in
           FROM gateway.accounts a WHERE subject = $1 FOR UPDATE""",
        subject,
    )
    if row is None:
        raise NotFound
    if status == "active" and not row["can_sign_in"]:
        raise AccountNotActivated
    await connection.execute(
        """UPDATE gateway.accounts SET name = coalesce($2, name), status = coalesce($3, status), updated_at = $4,
               version = version + 1 WHERE id = $1""",
        row["id"],
        name,
        status,
        actor.now,
    )
    if status == "disabled":
        await end_all(connection, row["id"], actor.now, "account-disabled")
    await touch(connection)
    after = await read_account(connection, kind, subject)
    await _seal(connection, actor, "account.changed", subject, before, after)
    return after


@dataclass(frozen=True, slots=True)
class Invited:
    """A one-time activation token. is_mailed: it goes to its owner by mail and to nobody else."""

    token: str
    is_mailed: bool


async def invite(connection: Connection, actor: Actor, subject: str, vault: Vault, *, by_mail: bool) -> Invited:
    """Invites a user, for INVITATION. The old password and sessions end. Raises NotFound.

    by_mail: the installation can send mail; it does so when the account has an address.
    """
    token = secrets.token_urlsafe(32)
    before = await read_account(connection, "user", subject)
    account = await connection.fetchrow(
        """UPDATE gateway.accounts SET activation_digest = $2, activation_expires_at = $3, updated_at = $4,
               secret_hash = NULL, status = 'invited', version = version + 1
           WHERE subject = $1 AND kind = 'user' RETURNING id, email""",
        subject,
        digest(token),
        actor.now + INVITATION,
        actor.now,
    )
    if account is None:
        raise NotFound
    await end_all(connection, account["id"], actor.now, "password-reset")
    is_mailed = by_mail and account["email"] is not None
    if is_mailed:
        await enqueue(connection, vault, account["id"], token, actor.now, actor.now + INVITATION)
    after = await read_account(connection, "user", subject)
    await _seal(connection, actor, "account.invited", subject, before, after)
    return Invited(token, is_mailed)


async def activate(
    connection: Connection, passwords: Passwords, token: str, password: str, request_id: str, now: datetime
) -> None:
    """Sets the first password of an invited user. Raises WrongActivation, WeakPassword."""
    row = await connection.fetchrow(
        """SELECT id, subject FROM gateway.accounts
           WHERE activation_digest = $1 AND activation_expires_at > $2 AND status = 'invited' FOR UPDATE""",
        digest(token),
        now,
    )
    if row is None:
        raise WrongActivation(errors=[FieldError("/token", WrongActivation.code, WrongActivation.default_detail)])
    check_strength(password, row["subject"])
    before = await read_account(connection, "user", row["subject"])
    await connection.execute(
        """UPDATE gateway.accounts SET secret_hash = $2, secret_changed_at = $3, status = 'active', updated_at = $3,
               activation_digest = NULL, activation_expires_at = NULL, version = version + 1 WHERE id = $1""",
        row["id"],
        await passwords.hash(password),
        now,
    )
    await touch(connection)
    after = await read_account(connection, "user", row["subject"])
    await _seal(connection, Actor(row["subject"], request_id, now), "account.activated", row["subject"], before, after)


async def replace_secret(connection: Connection, actor: Actor, kind: str, subject: str, secret_hash: str) -> None:
    """A new secret at once; tokens issued with the old one end with their ten minutes. Raises NotFound."""
    before = await read_account(connection, kind, subject)
    account = await connection.fetchval(
        """UPDATE gateway.accounts SET secret_hash = $3, secret_changed_at = $4, updated_at = $4, version = version + 1
           WHERE kind = $1 AND subject = $2 RETURNING id""",
        kind,
        subject,
        secret_hash,
        actor.now,
    )
    if account is None:
        raise NotFound
    await end_all(connection, account, actor.now, "secret-replaced")
    after = await read_account(connection, kind, subject)
    await _seal(connection, actor, "account.secret-replaced", subject, before, after)


async def _seal(
    connection: Connection, actor: Actor, action: str, subject: str, before: str | None, after: str | None
) -> None:
    audit = Audit(
        actor.subject,
        action,
        f"account:{subject}",
        request_id=actor.request_id,
        before_digest=_digest(before),
        after_digest=_digest(after),
    )
    await seal(connection, SCHEMA, now=actor.now, events=[account_changed(subject, action)], audit=[audit])


def account_changed(subject: str, action: str) -> Event:
    """What the feed says of every change of what an account shows. action: as in the trail."""
    return Event("account.changed", subject, {"subject": subject, "action": action})


def _digest(document: str | None) -> str | None:
    return None if document is None else document_digest(msgspec.json.decode(document))
