"""Reading a batch: three media types, one kind of row. Numbers stay text, so no digit is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.indicators.domain.numbers import number_of_literal
from services.kit.problems import ContentTooLarge, FieldError, Invalid, InvalidEncoding, InvalidJson, TooDeep

MAX_ROWS = 100_000


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


class BatchDocument(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON body."""

    source: str
    rows: list[MeasurementRow]


@dataclass(frozen=True, slots=True)
class Batch:
    """A decoded batch."""

    source: str
    rows: Sequence[MeasurementRow]


class TooManyRows(ContentTooLarge):
    code, title = "too-many-rows", "Demasiadas filas"
    default_detail = "Un envío admite hasta 100 000 filas. Divídalo en varios."


class InvalidBatch(Invalid):
    code, title = "invalid-batch", "Envío mal formado"


# Untyped number literals with a fraction arrive here as text: a float would already have lost digits.
_JSON = msgspec.json.Decoder(BatchDocument, float_hook=number_of_literal)
_SOURCE_LENGTH = 100


def batch_of_json(body: bytes) -> Batch:
    """Decode `{"source": …, "rows": […]}`. Raises InvalidJson, InvalidEncoding, TooDeep or InvalidBatch."""
    try:
        document = _JSON.decode(body)
    except msgspec.ValidationError as error:
        raise refused_shape(str(error)) from error
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    except RecursionError as error:
        raise TooDeep from error
    except msgspec.DecodeError as error:
        if "utf-8" in str(error).lower():
            raise InvalidEncoding from error
        raise InvalidJson(f"El cuerpo no es JSON válido: {error}.") from error
    return checked(document.source, document.rows)


def checked(source: str, rows: Sequence[MeasurementRow]) -> Batch:
    """The batch of rows, within its bounds."""
    if not rows:
        raise refused_shape("Expected at least one row - at `$.rows`")
    if len(rows) > MAX_ROWS:
        raise TooManyRows
    if not source.strip() or len(source) > _SOURCE_LENGTH or "\x00" in source:
        raise refused_shape("Expected 1 to 100 characters - at `$.source`")
    return Batch(source, rows)


def refused_shape(message: str) -> InvalidBatch:
    """msgspec's English message as a problem with a JSON pointer."""
    what, _, place = message.partition(" - at ")
    pointer = place.strip("`").replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
    pointer = pointer.removeprefix("$") or "/"
    detail = f"El envío no tiene la forma esperada en {pointer}: {what}."
    return InvalidBatch(detail, errors=[FieldError(pointer, InvalidBatch.code, detail)])
