"""Exact-enough Decimal arithmetic that PostgreSQL repeats digit for digit.

Quotients carry 30 decimals, far beyond what any input can tell apart, and are rounded to four
only where a number leaves the house; means of achievements are therefore means of unrounded ones.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext

QUOTIENT_DECIMALS = 30
EDGE_DECIMALS = 4
_PRECISION = 120
_QUOTIENT = Decimal(1).scaleb(-QUOTIENT_DECIMALS)
_EDGE = Decimal(1).scaleb(-EDGE_DECIMALS)


def quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    """numerator / denominator, half-up to 30 decimals. The caller has excluded a zero denominator."""
    with localcontext() as context:
        context.prec = _PRECISION
        return (numerator / denominator).quantize(_QUOTIENT, rounding=ROUND_HALF_UP)


def percent_of(numerator: Decimal, denominator: Decimal) -> Decimal:
    """100 · numerator / denominator, half-up to 30 decimals."""
    with localcontext() as context:
        context.prec = _PRECISION
        return (100 * numerator / denominator).quantize(_QUOTIENT, rounding=ROUND_HALF_UP)


def difference(left: Decimal, right: Decimal) -> Decimal:
    """left − right without losing a digit."""
    with localcontext() as context:
        context.prec = _PRECISION
        return left - right


def total(values: list[Decimal]) -> Decimal:
    """Sum without losing a digit."""
    with localcontext() as context:
        context.prec = _PRECISION
        return sum(values, Decimal(0))


def product(left: Decimal, right: Decimal) -> Decimal:
    """left · right without losing a digit."""
    with localcontext() as context:
        context.prec = _PRECISION
        return left * right


def at_the_edge(value: Decimal) -> Decimal:
    """Half-up to 4 decimals: the form in which a percentage leaves the house. A zero has no sign, as in PostgreSQL."""
    with localcontext() as context:
        context.prec = _PRECISION
        return value.quantize(_EDGE, rounding=ROUND_HALF_UP) + 0
