"""One spelling of a number in a body: what two readers could take for two numbers is refused.

Pydantic alone takes `"1_000"`, `" 5 "`, `"٥"` and `true` for numbers; the batches of measurements never did.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Strict
from pydantic_core import PydanticCustomError

_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,20})?")


def _one_spelling(value: Any) -> Any:
    """Refuses text that is not digits with at most one point, and true and false, as pydantic refuses what is none."""
    if isinstance(value, bool) or (isinstance(value, str) and _DECIMAL.fullmatch(value) is None):
        raise PydanticCustomError("decimal_parsing", "digits with at most one point are expected")
    return value


OneSpelling: Final = BeforeValidator(_one_spelling)
"""For a decimal that comes as a JSON number or as text: `Annotated[Decimal, Field(…), OneSpelling]`."""

Whole = Annotated[int, Strict()]
"""A JSON integer: neither text nor true."""
