""".env.example names every setting, and its values work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.platform.settings_classes import SETTINGS

EXAMPLE = (Path(__file__).resolve().parents[2] / ".env.example").read_text()
VALUES = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE))
OF_THE_MACHINE = {"PORT", "IESSPR_HOME", "PG_BIN", "PYTHON", "IESSPR_DOCUMENTS", "OTEL_EXPORTER_OTLP_ENDPOINT"}
OF_COMPOSE = {"POSTGRES_PASSWORD", *(f"{name.upper()}_DB_PASSWORD" for name in SETTINGS)}


def test_it_names_every_setting_and_no_other() -> None:
    declared = {f"{name.upper()}_{field.upper()}" for name, cls in SETTINGS.items() for field in cls.model_fields}

    assert VALUES.keys() == declared | OF_THE_MACHINE | OF_COMPOSE


@pytest.mark.parametrize("name", SETTINGS)
def test_its_values_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in VALUES.items():
        monkeypatch.setenv(key, value or "example-only")

    SETTINGS[name]()


def test_no_secret_has_a_value() -> None:
    live = re.findall(r"^([A-Z][A-Z0-9_]*)=(.+)$", EXAMPLE, re.MULTILINE)

    assert live == []
