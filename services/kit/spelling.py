"""One spelling of a number, a day and an instant: what two readers could take for two things is refused.

Pydantic alone takes `"1_000"`, `" 5 "`, `"٥"` and `true` for numbers, and midnights and seconds since 1970 for dates;
the batches of measurements never did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Strict
from pydantic_core import PydanticCustomError

_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,20})?")
_DIGITS = re.compile(r"-?[0-9]{1,19}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


def kept(day: date) -> date:
    """A day that may be kept: the first and the last there are stand for no day at all in the database.

    Raises ValueError for any other.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"Debe ser una fecha del {FIRST_DAY} al {LAST_DAY}.")
    return day


def _one_spelling(value: Any) -> Any:
    """Refuses text that is not digits with at most one point, and true and false, as pydantic refuses what is none."""
    if isinstance(value, bool) or (isinstance(value, str) and _DECIMAL.fullmatch(value) is None):
        raise PydanticCustomError("decimal_parsing", "digits with at most one point are expected")
    return value


def _written(spelling: re.Pattern[str], kind: type, error: str) -> Callable[[Any], Any]:
    """A check that lets pass text in this spelling and what is of this very kind: a datetime is no date."""

    def check(value: Any) -> Any:
        if type(value) is kind or (isinstance(value, str) and spelling.fullmatch(value)):
            return value
        raise PydanticCustomError(error, "another spelling is expected")

    return check


OneSpelling: Final = BeforeValidator(_one_spelling)
"""For a decimal that comes as a JSON number or as text: `Annotated[Decimal, Field(…), OneSpelling]`."""

Whole = Annotated[int, Strict()]
"""A JSON integer: neither text nor true."""

InDigits: Final = BeforeValidator(_written(_DIGITS, int, "int_parsing"))
"""For a whole number in a parameter or a path, behind its bounds, which are described only there:
`Annotated[int, Query(ge=1), InDigits]`. Digits, without a plus, a point, underscores or blanks."""

Digits = Annotated[int, InDigits]
"""A whole number in a parameter without bounds."""

Flag = Annotated[bool, Strict()]
"""A JSON true or false: neither text nor a number."""

Day = Annotated[date, BeforeValidator(_written(_DAY, date, "date_parsing"))]
"""`YYYY-MM-DD`, in a body or a parameter."""

KeptDay = Annotated[Day, AfterValidator(kept)]
"""A day of a body, to be kept."""

Instant = Annotated[datetime, BeforeValidator(_written(_INSTANT, datetime, "datetime_parsing"))]
"""RFC 3339 to the second or finer, with `Z` or an offset, in a body or a parameter; always aware."""


def day_of(text: Any) -> date:
    """The day that a cell of a batch writes. Raises ValueError."""
    if not isinstance(text, str) or _DAY.fullmatch(text) is None:
        raise ValueError("no day")
    return kept(date.fromisoformat(text))
