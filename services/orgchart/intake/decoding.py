"""Reading a batch: three media types, one kind of row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.kit.problems import FieldError, InvalidEncoding, InvalidJson, TooDeep
from services.orgchart.intake.problems import InvalidBatch, TooManyRows

MAX_ROWS: Final = 100_000
_SOURCE_LENGTH: Final = 100
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class AppointmentRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One row as sent. Fields take anything: a wrong type is that row's error, not the batch's."""

    post: Any = None
    dependencia: Any = None
    person: Any = None
    cedula: Any = None
    given_names: Any = None
    family_names: Any = None
    email: Any = None
    kind: Any = None
    valid_from: Any = None
    valid_to: Any = None
    document: Any = None
    subject: Any = None


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    rows: list[AppointmentRow]


@dataclass(frozen=True, slots=True)
class Batch:
    """A decoded batch. canonical: bytes equal for equal content, whatever its spacing or key order."""

    source: str
    rows: Sequence[AppointmentRow]
    canonical: bytes


_JSON: Final = msgspec.json.Decoder(_Document)
_LINE: Final = msgspec.json.Decoder(AppointmentRow)
_COLUMNS: Final = AppointmentRow.__struct_fields__


def batch_of_json(body: bytes) -> Batch:
    """Decodes `{"source": …, "rows": […]}`. Raises InvalidJson, InvalidEncoding, TooDeep, InvalidBatch, TooManyRows."""
    document = _decoded(_JSON, body, "")
    return _checked(document.source, document.rows)


def batch_of_ndjson(body: bytes, source: str) -> Batch:
    """Decodes one row a line; a problem names the line."""
    lines = ((number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip())
    return _checked(source, [_decoded(_LINE, line, f"Línea {number}: ") for number, line in lines])


def batch_of_csv(body: bytes, source: str) -> Batch:
    """Decodes a file with a header line; `,` or `;` separates, as spreadsheets of either locale write it.

    Empty cells are nulls. Raises InvalidEncoding or InvalidBatch naming the line.
    """
    try:
        text = body.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        header = _header([name.strip() for name in next(reader, [])])
        return _checked(source, [_row(header, cells, reader.line_num) for cells in reader if cells])
    except csv.Error as error:
        raise _malformed(f"Línea {reader.line_num}: no es CSV válido; revise comillas y saltos de línea.") from error


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes, where: str) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at ")
        pointer = place.strip("`").replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
        raise _malformed(f"{where}{what}.", pointer.removeprefix("$")) from error
    except UnicodeDecodeError as error:
        raise InvalidEncoding(f"{where}no está en UTF-8." if where else None) from error
    except RecursionError as error:
        raise TooDeep from error
    except msgspec.DecodeError as error:
        if "utf-8" in str(error).lower():
            raise InvalidEncoding from error
        raise InvalidJson(f"{where}el JSON no es válido: {error}.") from error


def _header(names: list[str]) -> list[str]:
    unknown = [name for name in names if name not in _COLUMNS]
    if unknown or not names:
        raise _malformed(f"No se conoce la columna «{''.join(unknown[:1])}». Columnas: {', '.join(_COLUMNS)}.")
    if len(set(names)) < len(names):
        raise _malformed("La cabecera repite una columna.")
    return names


def _row(header: list[str], cells: list[str], line: int) -> AppointmentRow:
    if len(cells) > len(header):
        raise _malformed(f"Línea {line}: tiene más celdas que la cabecera.")
    return AppointmentRow(**{name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()})


def _checked(source: str, rows: Sequence[AppointmentRow]) -> Batch:
    if not rows:
        raise _malformed("El envío no trae ninguna fila.", "/rows")
    if len(rows) > MAX_ROWS:
        raise TooManyRows
    if not source.strip() or len(source) > _SOURCE_LENGTH or "\x00" in source:
        raise _malformed("source tiene de 1 a 100 caracteres.", "/source")
    return Batch(source, rows, msgspec.json.encode((source, rows)))


def _malformed(detail: str, pointer: str = "") -> InvalidBatch:
    return InvalidBatch(detail, errors=[FieldError(pointer, InvalidBatch.code, detail)])
