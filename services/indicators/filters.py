"""Filters and path lookups that several features share."""

from typing import Annotated

from fastapi import Query

from services.indicators.domain.periods import InvalidPeriod, Period, parse_period
from services.indicators.measurements.knowledge import Knowledge
from services.kit.pages import Listing
from services.kit.problems import FieldError, Invalid, NotFound

SCHEMA = "indicators"

Codes = Annotated[list[str] | None, Query(max_length=200, description="Códigos; se puede repetir")]
Subtree = Annotated[bool, Query(description="Incluye lo que depende de las dependencias nombradas")]


class InvalidPeriodParameter(Invalid):
    code, title = "invalid-period", "Período no válido"


def period_parameter(name: str, text: str) -> Period:
    """The period a parameter names. Raises InvalidPeriodParameter."""
    try:
        return parse_period(text)
    except InvalidPeriod as error:
        detail = f"«{text[:40]}» no es un período. Formas: 2025-03, 2025-B2, 2025-Q1, 2025-C1, 2025-S1, 2025."
        pointer = FieldError(f"query/{name}", InvalidPeriodParameter.code, detail)
        raise InvalidPeriodParameter(detail, errors=[pointer]) from error


def period_in_path(text: str) -> Period:
    """The period a path names; what names none does not exist. Raises NotFound."""
    try:
        return parse_period(text)
    except InvalidPeriod as error:
        raise NotFound from error


def period_in_body(text: str, pointer: str = "/period") -> Period:
    """The period a body names. Raises InvalidPeriodParameter."""
    try:
        return parse_period(text)
    except InvalidPeriod as error:
        raise refused_period(f"«{text}» no es un período.", pointer) from error


def refused_period(detail: str, pointer: str = "/period") -> InvalidPeriodParameter:
    """A period that a body may not name here."""
    return InvalidPeriodParameter(detail, errors=[FieldError(pointer, InvalidPeriodParameter.code, detail)])


# Ids at and below some dependencias, by the places known at an instant and in force on a day.
_BELOW_THEN = f"""WITH RECURSIVE asked (codes, day, instant) AS (
        SELECT {{}}::text[], {{}}::date, {{}}::timestamptz
    ), place AS (
        SELECT DISTINCT ON (v.unit_id) v.unit_id, v.parent_id FROM asked CROSS JOIN {SCHEMA}.org_history v
        WHERE v.recorded_at <= asked.instant AND v.superseded_at > asked.instant
        ORDER BY v.unit_id, (v.valid_from > asked.day),
                 CASE WHEN v.valid_from > asked.day THEN v.valid_from - asked.day ELSE asked.day - v.valid_from END
    ), below (id) AS (
        SELECT u.id FROM asked JOIN {SCHEMA}.org_units u ON u.code = ANY (asked.codes)
        UNION SELECT place.unit_id FROM below JOIN place ON place.parent_id = below.id
    ) SELECT id FROM below"""


def of_dependencia(
    listing: Listing, column: str, codes: list[str] | None, subtree: bool, known: Knowledge | None = None
) -> None:
    """Only rows of these dependencias, or of everything below them too: today, or as was known at a past instant.

    An array, for the planner: see kit.scope.
    """
    if not codes:
        return
    if subtree and known is not None and known.is_past:
        listing.where(f"{column} = ANY (ARRAY({_BELOW_THEN}))", codes, known.today, known.instant)
        return
    if subtree:
        ids = f"""SELECT c.descendant_id FROM {SCHEMA}.org_closure c
            JOIN {SCHEMA}.org_units u ON u.id = c.ancestor_id WHERE u.code = ANY({{}}::text[])"""
    else:
        ids = f"SELECT u.id FROM {SCHEMA}.org_units u WHERE u.code = ANY({{}}::text[])"
    listing.where(f"{column} = ANY (ARRAY({ids}))", codes)
