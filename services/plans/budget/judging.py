"""Each row of a batch on its own, then the batch: what is taken, with which warnings, and why the rest is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.plans.budget.problems import DETAILS
from services.plans.domain.amounts import AmbiguousNumber, exact_number, written_number
from services.plans.domain.execution import COMPANIES, warnings_of

REQUIRED = ("year", "month", "company", "printed_code", "printed_name", "current", "accrued")
FIELDS = (*REQUIRED, "group", "printed_percent")


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    code: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class BudgetRow:
    index: int
    year: int
    month: int
    company: str
    group: str
    printed_code: str
    printed_name: str
    current: Decimal
    accrued: Decimal
    printed_percent: Decimal | None

    @property
    def key(self) -> tuple[int, int, str, str]:
        return self.year, self.month, self.company, self.group

    @property
    def warnings(self) -> list[str]:
        return warnings_of(self.current, self.accrued, self.printed_percent)


def judged(rows: Sequence[Any], today: date, *, written: bool) -> tuple[list[BudgetRow], dict[int, Refusal]]:
    """The good rows and, by index, why each of the others is refused."""
    good: list[BudgetRow] = []
    refused: dict[int, Refusal] = {}
    for index, row in enumerate(rows):
        try:
            good.append(read_row(index, row, today, written_number if written else exact_number))
        except Refusal as refusal:
            refused[index] = refusal
    counts = Counter(row.key for row in good)
    for row in good:
        if counts[row.key] > 1:
            refused[row.index] = Refusal("duplicate-row")
    return [row for row in good if row.index not in refused], refused


def read_row(index: int, row: Any, today: date, read: Callable[[Any], Decimal]) -> BudgetRow:
    """One row. Raises Refusal."""
    if not isinstance(row, dict):
        raise Refusal("missing-field", REQUIRED[0])
    for name in row:
        if name not in FIELDS:
            raise Refusal("unknown-field", str(name)[:100])
    for name in REQUIRED:
        if row.get(name) in (None, ""):
            raise Refusal("missing-field", name)
    year, month = whole(row["year"], "year"), whole(row["month"], "month")
    if not 1900 <= year <= 2999 or not 1 <= month <= 12:
        raise Refusal("invalid-period", "month" if 1900 <= year <= 2999 else "year")
    if (year, month) > (today.year, today.month):
        raise Refusal("period-not-open", "month")
    company = str(row["company"]).strip()
    if company not in COMPANIES:
        raise Refusal("unknown-company", "company")
    printed = row.get("printed_percent")
    return BudgetRow(
        index,
        year,
        month,
        company,
        text(row.get("group") or "", "group"),
        text(row["printed_code"], "printed_code"),
        text(row["printed_name"], "printed_name"),
        amount(row["current"], "current", read),
        amount(row["accrued"], "accrued", read),
        None if printed in (None, "") else amount(printed, "printed_percent", read),
    )


def whole(value: Any, field: str) -> int:
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit() or len(str(value)) > 4:
        raise Refusal("invalid-period", field)
    return int(value)


def text(value: Any, field: str) -> str:
    found = str(value).strip()
    if len(found) > 200 or "\x00" in found or isinstance(value, dict | list):
        raise Refusal("missing-field", field)
    return found


def amount(value: Any, field: str, read: Callable[[Any], Decimal]) -> Decimal:
    try:
        number = read(value)
    except AmbiguousNumber as error:
        raise Refusal("ambiguous-number", field) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise Refusal("invalid-number", field) from error
    if number < 0:
        raise Refusal("out-of-range", field)
    return number


def refusal_row(index: int, refusal: Refusal) -> dict[str, Any]:
    return {
        "index": index,
        "outcome": "rejected",
        "code": refusal.code,
        "detail": DETAILS[refusal.code],
        "field": refusal.field,
    }
