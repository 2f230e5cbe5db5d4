"""A number, a day and an instant have one spelling."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from services.kit.spelling import Day, Digits, Flag, Instant, KeptDay, OneSpelling, Whole, day_of

EXACT, WHOLE = TypeAdapter(Annotated[Decimal, OneSpelling]), TypeAdapter(Whole)
DAY, INSTANT = TypeAdapter(Day), TypeAdapter(Instant)
NO_DAYS = [
    "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "2026-01-01 ", " 2026-01-01", "2026-1-1", "20260101", "2026-W01-1",
    "2026-001", "2026/01/01", "01-01-2026", "2026-02-30", "2026-00-01", "0000-01-01", "٢٠٢٦-01-01", "2026-01-01\n",
    "0", "86400", "", 0, 86400, -1, True, Decimal("86400.0"), None, [], datetime(2026, 1, 1, tzinfo=UTC),
]  # fmt: skip
NO_INSTANTS = [
    "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "2026-01-01T00Z", "2026-01-01 00:00:00Z",
    "2026-01-01t00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01T00:00:00 Z", "2026-01-01T00:00:00+0000",
    "2026-01-01T00:00:00+00", "2026-01-01T00:00:00 00:00", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+24:00", "2026-01-01T25:00:00Z", "2026-02-30T00:00:00Z",
    "20260101T000000Z", "2026-01-01T00:00:0٠Z", "0", "1700000000", "", 0, 1_700_000_000, True, None,
    date(2026, 1, 1),
]  # fmt: skip


@pytest.mark.parametrize("value", ["0", "-3", "12.50", "0.0000000001", 7, Decimal("1.10")])
def test_digits_and_one_point_are_a_number(value: object) -> None:
    assert EXACT.validate_python(value) == Decimal(str(value))


@pytest.mark.parametrize(
    "text", ["1_000", " 5", "5 ", "+5", "٥", "1e3", ".5", "5.", "1,5", "1.000,5", "", "-", "NaN", "Infinity", "0x10"]
)
def test_any_other_spelling_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        EXACT.validate_python(text)


@pytest.mark.parametrize("value", [True, False])
def test_true_is_not_one(value: bool) -> None:
    for adapter in (EXACT, WHOLE):
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_a_whole_number_is_not_text() -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_python("5")
    assert WHOLE.validate_python(5) == 5


@pytest.mark.parametrize("day", ["2026-01-01", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_is_a_year_a_month_and_a_day(day: str) -> None:
    assert DAY.validate_python(day) == DAY.validate_python(date.fromisoformat(day))
    assert DAY.validate_python(day).isoformat() == day


@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_any_other_spelling_is_no_day(value: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(value)
    with pytest.raises(ValueError, match=r"day|month|year|isoformat"):
        day_of(value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00.5Z", datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)),
        ("2026-01-01T00:00:00.123456789Z", datetime(2026, 1, 1, 0, 0, 0, 123_456, UTC)),
        ("2025-12-31T19:00:00-05:00", datetime(2025, 12, 31, 19, tzinfo=timezone(timedelta(hours=-5)))),
    ],
)
def test_an_instant_says_its_zone(text: str, instant: datetime) -> None:
    assert INSTANT.validate_python(text) == instant == INSTANT.validate_python(instant)
    assert INSTANT.validate_python(text).utcoffset() is not None


@pytest.mark.parametrize("value", NO_INSTANTS, ids=repr)
def test_any_other_spelling_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


def test_the_description_says_what_they_are() -> None:
    assert DAY.json_schema() == {"type": "string", "format": "date"}
    assert INSTANT.json_schema() == {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("50", 50), ("01", 1), ("-1", -1), (7, 7)])
def test_a_whole_number_in_a_parameter_is_digits(text: str | int, number: int) -> None:
    assert TypeAdapter(Digits).validate_python(text) == number


@pytest.mark.parametrize("text", ["1_0", "+5", " 5", "5 ", "5.0", "٥", "0x5", "1e1", "", "-", "5\n", True, 5.0, None])
def test_any_other_spelling_is_no_whole_number(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Digits).validate_python(text)


@pytest.mark.parametrize("value", ["true", "yes", "on", 1, 0, 1.0, None])
def test_only_true_and_false_are_flags(value: object) -> None:
    assert TypeAdapter(Flag).validate_python(True)
    with pytest.raises(ValidationError):
        TypeAdapter(Flag).validate_python(value)


@pytest.mark.parametrize("day", ["1900-01-01", "2026-02-28", "2999-12-31"])
def test_a_day_that_is_kept_lies_in_the_calendar(day: str) -> None:
    assert TypeAdapter(KeptDay).validate_python(day) == day_of(day) == date.fromisoformat(day)
    assert TypeAdapter(KeptDay).json_schema() == {"type": "string", "format": "date"}


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31", "2026-01-01T00:00:00", 0])
def test_what_the_database_would_take_for_no_day_is_not_kept(day: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(KeptDay).validate_python(day)
    with pytest.raises(ValueError, match=r"day|fecha"):
        day_of(day)
