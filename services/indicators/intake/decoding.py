"""Reading a batch: three media types, one kind of row. Numbers stay text, so no digit is lost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.indicators.domain.numbers import number_of_literal
from services.kit.problems import ContentTooLarge, FieldError, Invalid, InvalidEncoding, InvalidJson, TooDeep
from services.kit.routing import MAX_DEPTH
from services.kit.rows import too_deep_at

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

_MESSAGES = (
    (re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`"), "se esperaba {0} y llegó {1}"),
    (re.compile(r"Object contains unknown field `(.*)`"), "no se conoce el campo «{0}»"),
    (re.compile(r"Object missing required field `(.*)`"), "falta el campo «{0}»"),
)
_TYPES = {
    "object": "un objeto", "array": "una lista", "str": "un texto", "int": "un entero", "float": "un número",
    "bool": "un booleano", "null": "null",
}  # fmt: skip
_BYTE = re.compile(r"\(byte (\d+)\)")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_SCANNED = 64 * 1024


def batch_of_json(body: bytes) -> Batch:
    """Decode `{"source": …, "rows": […]}`. Raises InvalidJson, InvalidEncoding, TooDeep or InvalidBatch."""
    try:
        document = _JSON.decode(body)
    except msgspec.ValidationError as error:
        if nests_too_deep(body):
            raise TooDeep from error
        raise refused_shape(str(error)) from error
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    except RecursionError as error:
        raise TooDeep from error
    except msgspec.DecodeError as error:
        if "utf-8" in str(error).lower():
            raise InvalidEncoding from error
        raise InvalidJson(f"El cuerpo no es JSON válido{place_of(error)}.") from error
    if too_deep_at(body, document.rows) is not None:
        raise TooDeep
    return checked(document.source, document.rows)


def checked(source: str, rows: Sequence[MeasurementRow]) -> Batch:
    """The batch of rows, within its bounds."""
    if not rows:
        raise shape_problem("/rows", "se espera al menos una fila")
    if len(rows) > MAX_ROWS:
        raise TooManyRows
    if not source.strip() or len(source) > _SOURCE_LENGTH or "\x00" in source:
        raise shape_problem("/source", "se esperan de 1 a 100 caracteres")
    return Batch(source, rows)


def place_of(error: msgspec.DecodeError) -> str:
    """Where the JSON breaks, for a sentence."""
    found = _BYTE.search(str(error))
    return f" en el byte {found[1]}" if found else ": está incompleto" if "truncated" in str(error) else ""


def nests_too_deep(body: bytes) -> bool:
    """Whether a body that has another shape nests beyond the limit near its beginning."""
    depth = 0
    for byte in _STRING.sub(b"", body[:_SCANNED]):
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > MAX_DEPTH:
            return True
    return False


def _in_spanish(message: str) -> str:
    for pattern, sentence in _MESSAGES:
        if found := pattern.fullmatch(message):
            return sentence.format(*(_TYPES.get(group, group) for group in found.groups()))
    return "no se entiende"


def refused_shape(message: str) -> InvalidBatch:
    """msgspec's English message as a problem with a JSON pointer."""
    what, _, place = message.partition(" - at ")
    pointer = place.strip("`").replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
    return shape_problem(pointer.removeprefix("$") or "/", _in_spanish(what))


def shape_problem(pointer: str, what: str) -> InvalidBatch:
    """The problem of a body that has another shape than a batch."""
    detail = f"El envío no tiene la forma esperada en {pointer}: {what}."
    return InvalidBatch(detail, errors=[FieldError(pointer, InvalidBatch.code, detail)])
