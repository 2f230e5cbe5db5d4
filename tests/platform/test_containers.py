"""docker-compose.yml and the Dockerfile cannot be run on the development machines; what can be checked is."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import jsonschema
import pytest
import yaml

from iesspr.migrating import upgrade
from iesspr.postgres import PostgresServer, database_url, find_binaries
from services.kit.database import asyncpg_arguments
from tests.platform.settings_classes import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Path(__file__).with_name("compose-schema.json")
APPS = ("gateway", "orgchart", "plans", "indicators")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file with its variables filled in, as compose would read it."""
    text = (ROOT / "docker-compose.yml").read_text()
    filled = re.sub(r"\$\{\w+(?::[-?]([^}]*))?\}", lambda match: match[1] or "x", text)
    loaded: dict[str, Any] = yaml.safe_load(filled)
    return loaded


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, json.loads(SCHEMA.read_text()))


def test_everything_it_names_exists(compose: dict[str, Any]) -> None:
    services = compose["services"]
    named = {name for service in services.values() for name in service.get("depends_on", {})}
    mounts = [mount.split(":")[0] for service in services.values() for mount in service.get("volumes", [])]

    assert named <= services.keys()
    assert all((ROOT / m).exists() if m.startswith("./") else m in compose["volumes"] for m in mounts)


def test_secrets_come_from_the_example_and_have_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?\}", text))

    assert asked == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+):-", text)) == {"PORT"}


@pytest.mark.parametrize("name", APPS)
def test_an_app_gets_every_setting_it_requires(
    name: str, compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = compose["services"][name]["environment"]
    for key, value in given.items():
        monkeypatch.setenv(key, str(value))

    SETTINGS[name]()

    known = {f"{name.upper()}_{field.upper()}" for field in SETTINGS[name].model_fields}
    assert given.keys() <= known, "a setting nobody reads"


@pytest.mark.parametrize("name", [*APPS, "migrate"])
def test_an_app_runs_one_image_without_privileges(name: str, compose: dict[str, Any]) -> None:
    service = compose["services"][name]

    assert service["image"] == "iesspr-api"
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["healthcheck"]


def test_the_image_holds_what_the_processes_import() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (\S+)", dockerfile, re.MULTILINE)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert set(copied) == let_in
    assert {"gateway", "services", "iesspr", "migrations", "data"} <= set(copied)
    assert all((ROOT / path).exists() for path in copied)


async def test_the_script_of_the_database_container_makes_what_migrations_and_apps_need(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "pg", password="owner", log_path=tmp_path / "log", durable=False)
    await server.start()

    try:
        run_script(server.socket_dir)
        owner = database_url(server.socket_dir, "iesspr", "owner", "plans")
        await asyncio.to_thread(upgrade, "plans", owner)
        app = database_url(server.socket_dir, "plans_app", "it's a secret", "plans")
        connection = await asyncpg.connect(**asyncpg_arguments(app))
        rows = await connection.fetchval("SELECT count(*) FROM plans.plans")
        await connection.close()
    finally:
        await server.stop()

    assert rows == 0


def run_script(socket_dir: Path) -> None:
    passwords = {f"{name.upper()}_DB_PASSWORD": "it's a secret" for name in APPS}
    subprocess.run(
        ["sh", ROOT / "deploy" / "create-databases.sh"],
        env={
            **passwords,
            "PATH": f"{find_binaries()}:/usr/bin:/bin",
            "POSTGRES_USER": "iesspr",
            "PGHOST": str(socket_dir),
            "PGPASSWORD": "owner",
        },
        check=True,
        timeout=30,
    )
