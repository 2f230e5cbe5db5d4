"""A broken fact stops the start-up with its file and line, and nothing is loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.database import asyncpg_arguments
from services.kit.seeding import SeedError
from tests.plans.harness import DATA, Plans, load_facts, load_organisation

Change = Callable[[dict[str, Any]], None]
BROKEN: list[tuple[str, int, Change, str]] = [
    ("objectives.jsonl", 12, lambda r: r.update(dependencia="NADIE"), "no existe la dependencia «NADIE»"),
    ("objectives.jsonl", 3, lambda r: r.update(level="N5"), "level"),
    ("objectives.jsonl", 2, lambda r: r.update(code="PEI-2018-2028.OEI1"), "repetido"),
    ("strategies.jsonl", 1, lambda r: r.update(objective="X"), "no existe el objetivo «X»"),
    ("alignments.jsonl", 40, lambda r: r.update(to="X"), "no existe"),
    ("projects.jsonl", 1, lambda r: r.update(progress_percent="82,00"), "progress_percent"),
    ("projects.jsonl", 2, lambda r: r.update(end_date="2024-13-15"), "end_date"),
    ("projects.jsonl", 3, lambda r: r.update(code="C003"), "ya tiene un proyecto C003"),
    ("budget-2024.jsonl", 4, lambda r: r.update(company="203"), "dos filas"),
    ("plans.jsonl", 2, lambda r: r.pop("status"), "status"),
]


def broken_copy(folder: Path, name: str, line: int, change: Change) -> Path:
    copy = folder / "data" / "plans"
    shutil.copytree(DATA / "plans", copy)
    lines = (copy / name).read_text().splitlines()
    record = json.loads(lines[line - 1])
    change(record)
    lines[line - 1] = json.dumps(record)
    (copy / name).write_text("\n".join(lines) + "\n")
    return copy


@pytest.mark.parametrize(("name", "line", "change", "why"), BROKEN, ids=[f"{b[0]}:{b[1]}" for b in BROKEN])
async def test_a_broken_row_is_named_and_nothing_is_loaded(
    plans_db: DatabaseUrls, tmp_path: Path, name: str, line: int, change: Change, why: str
) -> None:
    await load_organisation(plans_db.owner)
    folder = broken_copy(tmp_path, name, line, change)

    with pytest.raises(SeedError) as refused:
        await load_facts(plans_db.app, folder)

    assert f"data/plans/{name}:{line}:" in str(refused.value)
    assert why in str(refused.value)
    connection = await asyncpg.connect(**asyncpg_arguments(plans_db.owner))
    assert await connection.fetchval("SELECT count(*) FROM plans.plans") == 0
    await connection.close()


async def test_loading_twice_changes_nothing(plans_db: DatabaseUrls) -> None:
    await load_organisation(plans_db.owner)
    await load_facts(plans_db.app)
    await load_facts(plans_db.app)

    connection = await asyncpg.connect(**asyncpg_arguments(plans_db.owner))
    assert await connection.fetchval("SELECT count(*) FROM plans.objectives") == 96
    assert await connection.fetchval("SELECT count(*) FROM plans.events") == 3
    await connection.close()


async def test_a_project_printed_twice_counts_in_both_sections_and_is_one(loaded: Plans) -> None:
    sections = {s["number"]: s["counts"] for s in await loaded.items("/plans/POA-2025/sections")}

    assert (sections["6.1.10"]["projects"], sections["6.1.13"]["projects"]) == (1, 1)
    assert sum(s["projects"] for s in sections.values()) == 26
    assert len(await loaded.items("/projects", plan="POA-2025", kind="project")) == 25
