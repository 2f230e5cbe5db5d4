"""A number in a body has one spelling."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from services.kit.spelling import OneSpelling, Whole

EXACT, WHOLE = TypeAdapter(Annotated[Decimal, OneSpelling]), TypeAdapter(Whole)


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
