"""Filters and path lookups that several features share."""

from typing import Annotated

from fastapi import Query

from services.indicators.domain.periods import InvalidPeriod, Period, parse_period
from services.kit.pages import Listing
from services.kit.problems import FieldError, Invalid, NotFound

SCHEMA = "indicators"

Codes = Annotated[list[str] | None, Query(max_length=200, description="Códigos; se puede repetir")]
Subtree = Annotated[bool, Query(description="Incluye lo que depende de las dependencias nombradas")]


class InvalidPeriodParameter(Invalid):
    code, title = "invalid-period", "Período no válido"


def name_on(unit: str, day: str) -> str:
    """SQL of the name a dependencia has on a day: the replica's row already has that of its latest version.

    unit: alias of org_units; day: placeholder of a date.
    """
    return f"""coalesce((SELECT v.name FROM {SCHEMA}.org_unit_versions v WHERE v.unit_id = {unit}.id
        AND v.valid_from <= {day}::date ORDER BY v.valid_from DESC LIMIT 1), {unit}.name)"""


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


def of_dependencia(listing: Listing, column: str, codes: list[str] | None, subtree: bool) -> None:
    """Only rows of these dependencias, or of everything below them too. An array, for the planner: see kit.scope."""
    if not codes:
        return
    if subtree:
        ids = f"""SELECT c.descendant_id FROM {SCHEMA}.org_closure c
            JOIN {SCHEMA}.org_units u ON u.id = c.ancestor_id WHERE u.code = ANY({{}}::text[])"""
    else:
        ids = f"SELECT u.id FROM {SCHEMA}.org_units u WHERE u.code = ANY({{}}::text[])"
    listing.where(f"{column} = ANY (ARRAY({ids}))", codes)
