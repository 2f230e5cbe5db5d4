"""Formulas: arithmetic, missing inputs, cycles, and nothing else."""

from decimal import Decimal
from operator import add, mul, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.formula import (
    InvalidFormula,
    cycle_in,
    evaluate,
    parse_formula,
    references,
)

D = Decimal
SIGNS = {"+": add, "-": sub, "*": mul}
numbers = st.integers(0, 10**4).map(lambda number: (str(number), D(number)))


def combined(left: tuple[str, Decimal], sign: str, right: tuple[str, Decimal]) -> tuple[str, Decimal]:
    return f"({left[0]} {sign} {right[0]})", SIGNS[sign](left[1], right[1])


# Each text is drawn with its value, so that no second evaluator is needed to know it.
expressions = st.recursive(
    numbers, lambda inner: st.builds(combined, inner, st.sampled_from(sorted(SIGNS)), inner), max_leaves=6
)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("100 * numerator / denominator", "62.5"),
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("-2 - -3", "1"),
        ("10 - 2 - 3", "5"),
        ("[a] * 0.6 + [b-2] * 0.4", "8"),
        ("numerador / denominador", "0.625"),
    ],
)
def test_a_worked_formula_comes_out_to_the_last_digit(text: str, want: str) -> None:
    terms, values = {"numerator": D(5), "denominator": D(8)}, {"a": D(10), "b-2": D(5)}

    assert evaluate(parse_formula(text), terms, values) == D(want)


@given(expressions)
def test_arithmetic_is_that_of_mathematics(drawn: tuple[str, Decimal]) -> None:
    text, want = drawn

    assert evaluate(parse_formula(text), {}, {}) == want


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "1)", "1 2", "foo", "__import__('os')", "a.b", "[x", "[X]", "1e5", "2 ** 3", "1 // 2",
     "(" * 60 + "1" + ")" * 60, "1" * 3000, "lambda: 1", "numerator(1)", "numerator" + "+1" * 101, "1" + "*2" * 900],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(InvalidFormula):
        parse_formula(text)


@pytest.mark.parametrize("text", ["1 / 0", "numerator / denominator", "[nada]", "1 / (2 - 2)"])
def test_a_missing_input_or_a_division_by_zero_gives_no_value(text: str) -> None:
    assert evaluate(parse_formula(text), {"numerator": D(1), "denominator": D(0)}, {}) is None


def test_references_are_the_indicators_a_formula_reads() -> None:
    assert references(parse_formula("[a] + 2 * ([b] - [a])")) == {"a", "b"}


@pytest.mark.parametrize(
    ("graph", "cycle"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, ["a", "b", "c", "a"]),
        ({"a": {"a"}}, ["a", "a"]),
        ({"a": {"b", "c"}, "b": {"c"}, "c": set()}, None),
        ({"a": {"unknown"}}, None),
    ],
)
def test_a_cycle_is_named(graph: dict[str, set[str]], cycle: list[str] | None) -> None:
    assert cycle_in({code: frozenset(targets) for code, targets in graph.items()}) == cycle
