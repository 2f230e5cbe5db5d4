"""The facts in data/ equal the institution's documents, where these are at hand."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from typing import Any

import pytest

from tests.documents import document
from tests.plans.harness import DATA

POA, MATRIX, REPORT = "poa-2025.txt", "lotaip-a4-2019-01.txt", "rendicion-2024.txt"
PER_YEAR = {"monthly": 12, "bimonthly": 6, "quarterly": 4, "four_monthly": 3, "semiannual": 2, "annual": 1}
FREQUENCY = {
    "mensual": "monthly",
    "bimestral": "bimonthly",
    "trimestral": "quarterly",
    "cuatrimestral": "four_monthly",
    "cuatrimestre": "four_monthly",
    "semestral": "semiannual",
    "anual": "annual",
}


def facts(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def squeezed(text: str) -> str:
    """Letters and digits only: line breaks, blanks and punctuation of the extraction do not matter."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def passage(name: str, lines: list[int]) -> str:
    return " ".join(document(name).read_text().split("\n")[lines[0] - 1 : lines[1]])


def numbers_of(text: str) -> set[Decimal]:
    """Every way the numbers of a text can be read."""
    found = set()
    for raw in re.findall(r"\d[\d.,]*(?:, \d+)?", text):
        number = raw.replace(" ", "").rstrip(".,")
        for reading in (number, number.replace(".", "").replace(",", "."), number.replace(",", "")):
            if re.fullmatch(r"\d+(\.\d+)?", reading):
                found.add(Decimal(reading))
    return found


@pytest.mark.parametrize("name", ["objectives", "strategies"])
def test_statements_stand_in_their_lines(name: str) -> None:
    for fact in facts(f"plans/{name}.jsonl"):
        text = squeezed(fact.get("statement") or fact["text"])
        source = fact["source"]
        around = [source["lines"][0] - 3, source["lines"][1] + 3]

        assert _contained(text, passage(source["document"], around)), fact["code"]


def _contained(text: str, lines: str) -> bool:
    """The statement's letters appear in the passage in order, though columns of the table may come between."""
    return text in squeezed(lines) or all(part in squeezed(lines) for part in re.findall(r".{1,18}", text)[:-1])


def test_action_plans_and_projects_stand_in_their_lines() -> None:
    for fact in facts("plans/projects.jsonl"):
        lines = fact["source"]["lines"]
        text = squeezed(passage(POA, [lines[0] - 2, lines[1] + 2]))
        start = squeezed(fact["name"])[:12]

        assert start in text, fact["id"]
        if fact["progress_percent"] is not None:
            assert Decimal(fact["progress_percent"]) in numbers_of(passage(POA, lines)), fact["id"]


def test_targets_of_the_poa_equal_its_text() -> None:
    for fact in facts("indicators/assignments-poa-2025.jsonl"):
        lines = passage(POA, fact["source"]["lines"])

        value = Decimal(fact["target"]["value"])
        assert value in numbers_of(fact["statement"]) or (value == 0 and "cero" in fact["statement"]), fact["code"]
        assert squeezed(fact["statement_printed"])[:40] in squeezed(lines), fact["code"]


def test_targets_of_the_matrix_equal_its_text() -> None:
    rows = facts("indicators/assignments-poa-2019.jsonl")
    for fact in rows:
        lines = passage(MATRIX, fact["source"]["lines"])
        frequency = squeezed(fact["target_text"].split()[-1])

        assert Decimal(fact["target"]["value"]) in numbers_of(fact["target_text"]), fact["code"]
        assert squeezed(fact["target_text"]) in squeezed(lines), fact["code"]
        assert fact["frequency"] == FREQUENCY[frequency], fact["code"]
    assert len(rows) == 846
    assert sum(PER_YEAR[f["frequency"]] for f in rows) == 529 * 12 + 49 * 6 + 192 * 4 + 7 * 3 + 55 * 2 + 14


def test_the_budget_equals_the_report_and_its_totals() -> None:
    rows = facts("plans/budget-2024.jsonl")
    for fact in rows:
        numbers = numbers_of(passage(REPORT, fact["source"]["lines"]))

        assert {Decimal(fact[key]) for key in ("current", "accrued", "printed_percent")} <= numbers
    assert sum(Decimal(f["current"]) for f in rows) == 10358363919
    assert sum(Decimal(f["accrued"]) for f in rows) == 8086364814
