"""Identity numbers of Ecuador: a person is known by the cédula; the RUC of a natural person contains it."""

from __future__ import annotations

from stdnum.ec import ci, ruc
from stdnum.exceptions import ValidationError

_RUC_DIGITS = 13


class InvalidNationalId(ValueError):
    """Neither a cédula nor the RUC of a natural person."""


def cedula_of(text: str) -> str:
    """The ten digits of a cédula, from a cédula or a natural person's RUC. Raises InvalidNationalId.

    Province, third digit and check digit are verified; the RUC of a company or of a public body names no person.
    """
    try:
        number = ci.compact(text)
        if len(number) == _RUC_DIGITS:
            number = ruc.validate(number)[:10]
        checked: str = ci.validate(number)
    except ValidationError as error:
        raise InvalidNationalId("not a cédula") from error
    if not checked.isascii():
        raise InvalidNationalId("not ASCII digits")
    return checked
