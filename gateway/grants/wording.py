"""Why somebody may do something or not, in the words of whoever asks. Days are inclusive, and said to be so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from gateway.grants.access import Held
from services.kit.access import ROOT

MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def day_in_words(day: date) -> str:
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def place(dependencia: str, *, subtree: bool) -> str:
    if (dependencia, subtree) == (ROOT, True):
        return "toda la institución"
    return f"{dependencia}{' y sus subordinadas' if subtree else ''}"


def because(grant: Held, label: str) -> str:
    """label: of the role, in Spanish."""
    what = f"concesión de {label} ({grant.role}) en {place(grant.dependencia, subtree=grant.subtree)}"
    until = f" hasta el {day_in_words(grant.valid_to)} inclusive" if grant.valid_to else ""
    dates = f"desde el {day_in_words(grant.valid_from)}{until}"
    if grant.source == "appointment":
        return f"Por su designación en lugar de {grant.acting_for}: la {what}, {dates}."
    if grant.source == "delegation":
        return f"Por delegación de {grant.acting_for}: la {what}, {dates}."
    return f"Por su {what}, vigente {dates}."


def why_not_now(grant: Mapping[str, Any], label: str, today: date) -> str:
    """grant: a row that gives nothing today, with `ended_on` (by somebody) and `closed_on` (its unit's last day)."""
    what = f"concesión de {label} ({grant['role']}) en {place(grant['dependencia'], subtree=grant['subtree'])}"
    if grant["ended_on"] is not None:
        return f"Su {what} fue terminada el {day_in_words(grant['ended_on'])}."
    if grant["valid_from"] > today:
        return f"Su {what} empieza el {day_in_words(grant['valid_from'])}."
    if grant["valid_to"] is not None and grant["valid_to"] < today:
        return f"Su {what} rigió hasta el {day_in_words(grant['valid_to'])} inclusive."
    if grant["closed_on"] is not None and grant["closed_on"] < today:
        return f"Su {what} no da nada: la dependencia existió hasta el {day_in_words(grant['closed_on'])} inclusive."
    return f"La {what} que le delegó {grant['granted_by']} no da nada: quien delegó ya no la tiene."


def withheld(label: str) -> str:
    return (
        f"Las aprobaciones del rol {label} esperan a que su cuenta tenga un segundo factor: empiece con "
        "POST /api/v1/me/second-factor."
    )
