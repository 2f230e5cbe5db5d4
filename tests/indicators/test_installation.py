"""What the default installation starts with, and what a broken fact does to it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from services.kit.seeding import SeedError
from tests.conftest import MakeDatabase
from tests.indicators.harness import DATA, Indicators, indicators_service


async def test_the_plans_have_their_assignments(loaded: Indicators) -> None:
    assert len(await loaded.items("/assignments", plan="POA-2025")) == 149
    assert len(await loaded.items("/assignments", plan="POA-2019")) == 846
    assert len(await loaded.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY")) == 36
    assert len(await loaded.items("/assignments", plan="POA-2025", level="N1")) == 37


async def test_every_target_equals_its_fact_to_the_digit(loaded: Indicators) -> None:
    facts: dict[str, Any] = {}
    for plan in ("poa-2019", "poa-2025"):
        lines = (DATA / "indicators" / f"assignments-{plan}.jsonl").read_text().splitlines()
        facts |= {fact["code"]: fact for fact in map(json.loads, lines)}

    for assignment in await loaded.items("/assignments"):
        fact = facts.pop(assignment["code"])
        assert {target["value"] for target in assignment["targets"]} == {fact["target"]["value"]}
        assert (assignment["unit"], assignment["target_text"]) == (fact["unit"], fact["target_text"])
        assert assignment["warnings"] == fact["warnings"]
    assert facts == {}


async def test_a_target_holds_in_every_period_of_its_frequency(loaded: Indicators) -> None:
    expected = {"monthly": 12, "bimonthly": 6, "quarterly": 4, "four_monthly": 3, "semiannual": 2, "annual": 1}

    for assignment in await loaded.items("/assignments", plan="POA-2019"):
        assert len(assignment["targets"]) == expected[assignment["frequency"]]


async def test_an_ambiguous_target_has_no_level_until_a_person_decides(loaded: Indicators) -> None:
    targets = [t for a in await loaded.items("/assignments", plan="POA-2025") for t in a["targets"]]

    assert {t["level"] for t in targets if t["kind"] == "ambiguous"} == {None}


@pytest.mark.parametrize(
    ("broken", "why"),
    [("{", "3"), ('{"code": 1}', "3"), (None, "no existe la dependencia")],
)
async def test_a_broken_fact_stops_the_start_naming_file_and_line(
    make_database: MakeDatabase, tmp_path: Path, broken: str | None, why: str
) -> None:
    indicators_db = await make_database("indicators")
    folder = tmp_path / "data"
    shutil.copytree(DATA / "indicators", folder / "indicators")
    path = folder / "indicators" / "assignments-poa-2025.jsonl"
    lines = path.read_text().splitlines()
    lines[2] = broken or json.dumps({**json.loads(lines[2]), "dependencia": "DP-NADA", "code": "POA-2025.DP-NADA.001"})
    path.write_text("\n".join(lines))

    with pytest.raises(SeedError, match=r"assignments-poa-2025\.jsonl:3: ") as refused:
        async with indicators_service(indicators_db, seed_dir=folder):
            pass

    assert why in str(refused.value)
    async with indicators_service(indicators_db, seed_dir=None) as service:
        assert await service.items("/indicators") == []
