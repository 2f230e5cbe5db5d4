"""Demo accounts of the default installation, with random passwords, when there are no accounts yet."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from gateway.context import GatewayContext
from gateway.grants.access import touch
from gateway.transactions import transaction
from services.kit.database import Connection
from services.kit.writing import Audit, seal

# (subject, name, role, feed, dependencia, with subtree)
USERS: Final = (
    ("admin", "Administración de la plataforma", "administrator", "", "IESS", True),
    ("dnpl.metodologia", "Dirección Nacional de Planificación", "methodologist", "", "IESS", True),
    ("azuay.reporte", "Reporte de Azuay", "reporter", "", "DP-AZUAY", True),
    ("azuay.titular", "Titular de Azuay", "plan_owner", "", "DP-AZUAY", True),
    ("guayas.reporte", "Reporte de Guayas", "reporter", "", "DP-GUAYAS", True),
    ("auditoria", "Auditoría", "auditor", "", "IESS", True),
    ("consulta", "Consulta", "viewer", "", "IESS", True),
)
CLIENTS: Final = (
    ("sys-azuay", "Sistema provincial de Azuay", "integrator", "measurements", "DP-AZUAY", True),
    ("sys-guayas", "Sistema provincial de Guayas", "integrator", "measurements", "DP-GUAYAS", True),
    ("sys-finanzas", "Sistema financiero", "integrator", "budget", "IESS", True),
    ("sys-talento-humano", "Sistema de talento humano", "integrator", "people", "IESS", True),
)


async def create_demo_accounts(context: GatewayContext, path: Path) -> None:
    """Does nothing when any account exists. The file is written before the commit: accounts whose passwords nobody
    knows would be worse than a file of accounts that do not exist, which the next start replaces.
    """
    if await context.database.pool.fetchval("SELECT EXISTS (SELECT 1 FROM gateway.accounts)"):
        return
    credentials = {
        "users": {row[0]: secrets.token_urlsafe(16) for row in USERS},
        "clients": {row[0]: secrets.token_urlsafe(24) for row in CLIENTS},
    }
    hashes = {
        subject: await context.passwords.hash(secret)
        for group in credentials.values()
        for subject, secret in group.items()
    }
    now = context.clock.now()
    async with transaction(context.database) as connection:
        for kind, rows in (("user", USERS), ("client", CLIENTS)):
            for row in rows:
                await _create(connection, context, kind, row, hashes[row[0]])
        await touch(connection)
        audit = [
            Audit("system", "account.created", f"account:{row[0]}", row[4], detail={"role": row[2], "demo": True})
            for row in (*USERS, *CLIENTS)
        ]
        await seal(connection, "gateway", now=now, audit=audit)
        _write_once(path, json.dumps(credentials, indent=1))


async def _create(
    connection: Connection, context: GatewayContext, kind: str, row: tuple[str, str, str, str, str, bool], hashed: str
) -> None:
    subject, name, role, feed, dependencia, subtree = row
    now, today = context.clock.now(), context.clock.today()
    await connection.execute(
        """WITH account AS (
             INSERT INTO gateway.accounts (id, kind, subject, name, status, secret_hash, secret_changed_at,
                 created_at, created_by, updated_at, version)
             VALUES (nextval('gateway.account_ids'), $1, $2, $3, 'active', $4, $5, $5, 'system', $5, 1)
             RETURNING id)
           INSERT INTO gateway.grants (id, account_id, role, feed, dependencia, subtree, valid_from, source, reason,
               granted_by, granted_at, version)
           SELECT nextval('gateway.grant_ids'), id, $6, $7, $8, $9, $10, 'demo', 'Instalación de demostración',
               'system', $5, 1 FROM account""",
        kind,
        subject,
        name,
        hashed,
        now,
        role,
        feed,
        dependencia,
        subtree,
        today,
    )


def _write_once(path: Path, text: str) -> None:
    """Mode 0600 from the first byte (mkstemp), and whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
