"""What a row wishes, with the first thing that is wrong about it as far as the row alone can tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.kit.folding import fold
from services.kit.printable import is_name, is_printable
from services.kit.spelling import day_of
from services.orgchart.appointments.codes import FIELDS
from services.orgchart.appointments.schemas import KINDS, SUBJECT_PATTERN
from services.orgchart.appointments.staging import Wish
from services.orgchart.domain.national_ids import InvalidNationalId, cedula_of
from services.orgchart.intake.decoding import AppointmentRow
from services.orgchart.people.schemas import EMAIL_PATTERN

_CODE = re.compile(r"[A-Z0-9.-]{1,80}").fullmatch
_SUBJECT = re.compile(SUBJECT_PATTERN).fullmatch
_EMAIL = re.compile(EMAIL_PATTERN).fullmatch
_NAME_LENGTH: Final = 120
_DOCUMENT_LENGTH: Final = 200
_EMAIL_LENGTH: Final = 254
_CEDULA_LENGTH: Final = 20


class Wrong(Exception):
    """A row's first fault. field: the column at fault."""

    def __init__(self, code: str, field: str | None = None) -> None:
        super().__init__(code)
        self.code, self.field = code, field or FIELDS[code]


def wish_of(index: int, row: AppointmentRow) -> Wish:
    """The row as a wish; a wish with a code is rejected and asks for nothing."""
    try:
        return _read(index, row)
    except Wrong as wrong:
        return Wish(index=index, code=wrong.code, field=wrong.field)


def _read(index: int, row: AppointmentRow) -> Wish:
    post, dependencia = _place(row)
    person = None if row.person is None else _person(row.person)
    if (person is None) == (row.cedula is None):
        raise Wrong("invalid-cedula" if person is None else "unknown-person")
    given, family = _name(row.given_names, "given_names"), _name(row.family_names, "family_names")
    if (given is None) != (family is None):
        raise Wrong("person-incomplete", "given_names" if given is None else "family_names")
    if row.kind not in KINDS:
        raise Wrong("invalid-kind")
    first = _date(row.valid_from, "valid_from")
    last = None if row.valid_to is None else _date(row.valid_to, "valid_to")
    if last is not None and last < first:
        raise Wrong("invalid-date", "valid_to")
    return Wish(
        index=index,
        post=post,
        dependencia=dependencia,
        person_id=person,
        cedula=None if person is not None else _cedula(row.cedula),
        given_names=given,
        family_names=family,
        name_folded=None if given is None else fold(f"{family} {given}"),
        email=_matching(row.email, _EMAIL, _EMAIL_LENGTH, "invalid-email"),
        kind=row.kind,
        valid_from=first,
        valid_to=last,
        document=_text(row.document, _DOCUMENT_LENGTH, "document"),
        subject=_matching(row.subject, _SUBJECT, 64, "invalid-subject"),
        keep_document=True,
        keep_subject=True,
    )


def _place(row: AppointmentRow) -> tuple[str | None, str | None]:
    if row.post is None and row.dependencia is None:
        raise Wrong("unknown-post")
    for value, code in ((row.post, "unknown-post"), (row.dependencia, "unknown-dependencia")):
        if value is not None and not (isinstance(value, str) and _CODE(value)):
            raise Wrong(code)
    return row.post, row.dependencia


def _person(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise Wrong("unknown-person") from error


def _cedula(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _CEDULA_LENGTH:
        raise Wrong("invalid-cedula")
    try:
        return cedula_of(value)
    except InvalidNationalId as error:
        raise Wrong("invalid-cedula") from error


def _date(value: Any, field: str) -> date:
    try:
        return day_of(value)
    except ValueError as error:
        raise Wrong("invalid-date", field) from error


def _name(value: Any, field: str) -> str | None:
    name = _text(value, _NAME_LENGTH, field)
    if name is not None and not is_name(name):
        raise Wrong("invalid-text", field)
    return name


def _text(value: Any, length: int, field: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not is_printable(value) or not 1 <= len(value.strip()) <= length:
        raise Wrong("invalid-text", field)
    return value.strip()


def _matching(value: Any, fits: Callable[[str], object], length: int, code: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > length or not fits(value):
        raise Wrong(code)
    return value
