"""What each process is told: the names of the settings and who talks to whom, as pure functions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from iesspr.home import Home, Secrets
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls, database_url

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = DATABASES
_PEERS = {
    "gateway": ("orgchart", "plans", "indicators"),
    "orgchart": ("gateway", "plans", "indicators"),
    "plans": ("gateway", "orgchart", "indicators"),
    "indicators": ("gateway", "orgchart", "plans"),
}


def external_databases(environment: Mapping[str, str]) -> dict[str, DatabaseUrls]:
    """The databases that the environment gives; the others live in the embedded server."""
    found = {}
    for name in DATABASES:
        if app := environment.get(f"{name.upper()}_DATABASE_URL"):
            found[name] = DatabaseUrls(owner=environment.get(f"{name.upper()}_MIGRATION_DATABASE_URL") or app, app=app)
    return found


def embedded_databases(socket_dir: Path, secrets: Secrets) -> dict[str, DatabaseUrls]:
    return {
        name: DatabaseUrls(
            owner=database_url(socket_dir, OWNER, secrets.postgres[OWNER], name),
            app=database_url(socket_dir, f"{name}_app", secrets.postgres[f"{name}_app"], name),
        )
        for name in DATABASES
    }


def process_environment(
    name: str, *, urls: Mapping[str, str], databases: Mapping[str, DatabaseUrls], secrets: Secrets, home: Home
) -> dict[str, str]:
    """The whole environment of one process.

    urls: base URL by process. Settings already in the environment win, except for the addresses, which only the
    supervisor knows. Another process's settings are left out: they carry secrets.
    """
    prefix = name.upper()
    given = {key: value for key, value in os.environ.items() if not key.startswith(_prefixes_of_others(name))}
    defaults = {f"{prefix}_SEED_DIR": str(ROOT / "data")}
    if name == "gateway":
        defaults["GATEWAY_SIGNING_KEYS_FILE"] = str(home.signing_keys)
        defaults["GATEWAY_DEMO_CREDENTIALS_FILE"] = str(home.demo_credentials)
        defaults["GATEWAY_SERVICE_SECRETS"] = json.dumps(dict(secrets.services))
    else:
        defaults[f"{prefix}_CLIENT_ID"] = f"svc-{name}"
        defaults[f"{prefix}_CLIENT_SECRET"] = secrets.services[f"svc-{name}"]
    decided = {f"{prefix}_{peer.upper()}_URL": urls[peer] for peer in _PEERS[name]}
    decided[f"{prefix}_DATABASE_URL"] = databases[name].app
    decided[f"{prefix}_JWKS_URL"] = urls["gateway"] + "/.well-known/jwks.json"
    # The owner's password is for migrations: a web process has no use for it.
    given.pop(f"{prefix}_MIGRATION_DATABASE_URL", None)
    return defaults | given | decided


def _prefixes_of_others(name: str) -> tuple[str, ...]:
    return tuple(f"{other.upper()}_" for other in PROCESSES if other != name)
