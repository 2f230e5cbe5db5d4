"""Reading a batch: three media types, one kind of row. Numbers stay text, so no digit is lost."""

from typing import Any, Final

import msgspec

from services.indicators.domain.numbers import number_of_literal
from services.kit.rows import RowReader, Rows


class MeasurementRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One row as sent. Fields take anything: a wrong type is that row's error, not the batch's."""

    assignment: Any = None
    indicator: Any = None
    dependencia: Any = None
    plan: Any = None
    period: Any = None
    value: Any = None
    numerator: Any = None
    denominator: Any = None
    note: Any = None
    evidence_url: Any = None
    evidence_sha256: Any = None


class BareRow(MeasurementRow, forbid_unknown_fields=True, gc=False, kw_only=True):
    """A row that is an assignment, a period and a value, each a text, and nothing more: what most rows are."""

    assignment: str
    indicator: None = None
    dependencia: None = None
    plan: None = None
    period: str
    value: str
    numerator: None = None
    denominator: None = None
    note: None = None
    evidence_url: None = None
    evidence_sha256: None = None


Batch = Rows[MeasurementRow]
# Untyped number literals with a fraction arrive here as text: a float would already have lost digits.
READER: Final = RowReader(MeasurementRow, usual=BareRow, float_hook=number_of_literal)
