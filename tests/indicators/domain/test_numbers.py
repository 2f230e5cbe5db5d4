"""Numbers as machines and people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.numbers import (
    AmbiguousNumber,
    InvalidNumber,
    NumberLocale,
    number_of_csv,
    number_of_json,
    number_of_literal,
)

measures = st.decimals(
    min_value=Decimal("-1e15"), max_value=Decimal("1e15"), places=4, allow_nan=False, allow_infinity=False
)


@given(measures)
def test_a_plain_decimal_string_comes_through_with_every_digit(measure: Decimal) -> None:
    assert number_of_json(f"{measure:f}") == f"{measure:f}"


@given(st.integers(-(10**20) + 1, 10**20 - 1))
def test_an_integer_comes_through(number: int) -> None:
    assert number_of_json(number) == str(number)


@pytest.mark.parametrize(
    "text",
    ["12a", "", " 1", "1 ", "+1", "1,5", "1.", ".5", "1e3", "NaN", "Infinity", "1_000", "0x10", "--1", "١",
     "1" * 21, "0." + "1" * 11],
)  # fmt: skip
def test_json_strings_are_strict(text: str) -> None:
    with pytest.raises(InvalidNumber):
        number_of_json(text)


def test_an_integer_beyond_any_measure_is_refused_without_printing_it() -> None:
    with pytest.raises(InvalidNumber):
        number_of_json(10**5000)


@pytest.mark.parametrize(
    ("literal", "text"), [("94.50", "94.50"), ("1e2", "100"), ("2.5E-1", "0.25"), ("-1.5e3", "-1500")]
)
def test_a_json_literal_never_passes_through_a_float(literal: str, text: str) -> None:
    assert number_of_literal(literal) == text


def test_a_literal_without_bound_is_left_for_the_row_check_to_refuse() -> None:
    assert number_of_literal("1e999999") == "1e999999"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.724.484.107,41", "1724484107.41"),
        ("2,732,302.48", "2732302.48"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("0,38", "0.38"),
        ("270.78", "270.78"),
        ("94,5", "94.5"),
        ("0.234", "0.234"),
        ("1234.567", "1234.567"),
        ("-1.234,5", "-1234.5"),
        (" 35 ", "35"),
        ("1.234,567", "1234.567"),
    ],
)
def test_a_csv_cell_is_read_by_its_shape(cell: str, text: str) -> None:
    assert number_of_csv(cell) == text


@pytest.mark.parametrize("cell", ["1.234", "1,234", "-12.345", "999,999"])
def test_a_shape_with_two_readings_is_ambiguous(cell: str) -> None:
    with pytest.raises(AmbiguousNumber):
        number_of_csv(cell)


@pytest.mark.parametrize("cell", ["", "12.34.567", "1.2345,6", "1,23,456", "1.234.56", "12a", "$5", "5 %", "1 234"])
def test_a_shape_without_reading_is_invalid(cell: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        number_of_csv(cell)
    assert not isinstance(refused.value, AmbiguousNumber)


@pytest.mark.parametrize(
    ("cell", "locale", "text"),
    [
        ("1.234", NumberLocale.ES, "1234"),
        ("1.234", NumberLocale.EN, "1.234"),
        ("1,234", NumberLocale.ES, "1.234"),
        ("1,234", NumberLocale.EN, "1234"),
    ],
)
def test_a_declared_locale_settles_it(cell: str, locale: NumberLocale, text: str) -> None:
    assert number_of_csv(cell, locale) == text


def test_a_declared_locale_is_held() -> None:
    with pytest.raises(InvalidNumber):
        number_of_csv("1,234.56", NumberLocale.ES)


@given(st.integers(0, 10**15), st.sampled_from(list(NumberLocale)))
def test_grouped_writing_of_either_locale_reads_back(number: int, locale: NumberLocale) -> None:
    written = f"{number:,}.05"
    if locale is NumberLocale.ES:
        written = written.translate(str.maketrans(",.", ".,"))

    assert Decimal(number_of_csv(written, locale)) == number + Decimal("0.05")
