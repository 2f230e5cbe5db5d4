"""Rows out of JSON, NDJSON or CSV: the same rows and the same refusals, whatever they came in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar

import msgspec

from services.kit.batches import MAX_ROWS, SOURCE_LENGTH, TooManyRows
from services.kit.problems import FieldError, Invalid, InvalidEncoding, InvalidJson, TooDeep
from services.kit.routing import MAX_DEPTH, depth_of

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LINE_BREAK: Final = b"\n"
_BYTE: Final = re.compile(r"\(byte (\d+)\)")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_SCANNED: Final = 64 * 1024
_MESSAGES: Final = (
    (re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`"), "se esperaba {0} y llegó {1}"),
    (re.compile(r"Object contains unknown field `(.*)`"), "no se conoce el campo «{0}»"),
    (re.compile(r"Object missing required field `(.*)`"), "falta el campo «{0}»"),
)
_TYPES: Final = {
    "object": "un objeto", "array": "una lista", "str": "un texto", "int": "un entero", "float": "un número",
    "bool": "un booleano", "null": "null",
}  # fmt: skip
Row = TypeVar("Row", bound=msgspec.Struct)


class InvalidBatch(Invalid):
    code, title = "invalid-batch", "Envío mal formado"
    default_detail = "El envío es un objeto con source y rows, o líneas con una fila cada una."


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """The rows of a batch and who sent them."""

    source: str
    rows: Sequence[Row]


class RowReader(Generic[Row]):
    """Reads batches of one kind of row. Every method raises InvalidBatch, InvalidEncoding or TooManyRows; those that
    read JSON also InvalidJson or TooDeep. Problems of a line name it. A byte order mark, which spreadsheets put before
    text, says nothing in any of the three forms.

    row: a Struct whose fields take anything, so that a wrong type is that row's error and not the batch's.
    usual: the same fields in the same order, of types that do not nest. A batch all of whose rows are of it is read as
    such: the decoder has then checked what would have to be asked of every row.
    float_hook: what becomes of a number with a fraction where the field takes anything.
    refuse_cut: a CSV that ends in the middle of its last row is refused: what is missing would be read as null.
    """

    def __init__(
        self,
        row: type[Row],
        usual: type[Row] | None = None,
        float_hook: Callable[[str], Any] | None = None,
        refuse_cut: bool = False,
    ) -> None:
        self._row = row
        self._refuse_cut = refuse_cut
        self._document = msgspec.json.Decoder(_document_of(row), float_hook=float_hook)
        self._line = msgspec.json.Decoder(row, float_hook=float_hook)
        self._usual_document = self._usual_line = None
        if usual is not None:
            self._usual_document = msgspec.json.Decoder(_document_of(usual))
            self._usual_line = msgspec.json.Decoder(usual)
        self._columns = row.__struct_fields__

    def json(self, body: bytes) -> Rows[Row]:
        """`{"source": …, "rows": […]}`."""
        body = body.removeprefix(_BYTE_ORDER_MARK)
        document: Any = _tried(self._usual_document and self._usual_document.decode, body)
        if document is not None:
            return _checked(document.source, document.rows)
        document = _decoded(self._document, body, "El cuerpo")
        if too_deep_at(body, document.rows) is not None:
            raise TooDeep
        return _checked(document.source, document.rows)

    def ndjson(self, body: bytes, source: str) -> Rows[Row]:
        """One row a line."""
        body = body.removeprefix(_BYTE_ORDER_MARK)
        usual = _tried(self._usual_line and self._usual_line.decode_lines, body)
        if usual is not None:
            return _checked(source, usual)
        try:
            rows = self._line.decode_lines(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._name_the_line(body)
            raise
        refuse_deep_lines(body, rows)
        return _checked(source, rows)

    def _name_the_line(self, body: bytes) -> None:
        for number, line in enumerate(body.splitlines(), 1):
            if line.strip():
                _decoded(self._line, line, f"La línea {number}")

    def csv(self, body: bytes, source: str) -> Rows[Row]:
        """A header line and one row a line; `,` or `;` separates, as spreadsheets of either locale write it.

        Empty cells are nulls; lines of nothing else, which spreadsheets leave at the end, are no rows.
        """
        try:
            text = body.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
        except UnicodeDecodeError as error:
            raise _not_utf8(f"La línea {error.object.count(_LINE_BREAK, 0, error.start) + 1}") from error
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        try:
            header = self._header([name.strip() for name in next(reader, [])])
            lines = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
        except csv.Error as error:
            where = f"Línea {reader.line_num}"
            raise _malformed(f"{where}: no es CSV válido; revise comillas y saltos de línea.") from error
        at_the_end = lines and lines[-1][0] == reader.line_num and not text.endswith(("\n", "\r"))
        # Spreadsheets may leave out the empty cells that end a row, but not the end of the line with them.
        if self._refuse_cut and at_the_end and len(lines[-1][1]) < len(header):
            raise _malformed(f"Línea {lines[-1][0]}: faltan celdas y el fin de línea; el archivo parece cortado.")
        return _checked(source, [self._cells(header, cells, line) for line, cells in lines])

    def _header(self, names: list[str]) -> list[str]:
        unknown = [name for name in names if name not in self._columns]
        known = ", ".join(self._columns)
        if not any(names):
            raise _malformed(f"Falta la cabecera. Columnas: {known}.")
        if unknown:
            raise _malformed(f"No se conoce la columna «{unknown[0]}». Columnas: {known}.")
        if len(set(names)) < len(names):
            raise _malformed("La cabecera repite una columna.")
        return names

    def _cells(self, header: list[str], cells: list[str], line: int) -> Row:
        if len(cells) > len(header):
            raise _malformed(f"Línea {line}: tiene más celdas que la cabecera.")
        return self._row(**{name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()})


def _document_of(row: type[msgspec.Struct]) -> type[msgspec.Struct]:
    fields = [("source", str), ("rows", GenericAlias(list, (row,)))]
    return msgspec.defstruct("Document", fields, forbid_unknown_fields=True)


def _tried(decode: Callable[[bytes], Any] | None, body: bytes) -> Any:
    """What a stricter reading gives. None when it does not take the body: another says what is wrong, if anything."""
    try:
        return None if decode is None else decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes, what: str) -> Any:
    """what: the subject of the problem's sentence, `El cuerpo` or `La línea 3`."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        if _nests_too_deep(body):
            raise TooDeep from error
        raise _refused_shape(what, str(error)) from error
    except UnicodeDecodeError as error:
        raise _not_utf8(what) from error
    except RecursionError as error:
        raise TooDeep(f"{what} anida demasiados niveles.") from error
    except msgspec.DecodeError as error:
        if not _is_utf8(body):
            raise _not_utf8(what) from error
        raise InvalidJson(f"{what} no es JSON válido{_place_of(error)}.") from error


def _is_utf8(body: bytes) -> bool:
    """The decoder stops at the first thing wrong, which in UTF-16 and Latin-1 is seldom the encoding."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _not_utf8(what: str) -> InvalidEncoding:
    detail = f"{what} no está en UTF-8. Guarde el archivo como «CSV UTF-8» o envíe el texto en esa codificación."
    return InvalidEncoding(detail, errors=[FieldError("", InvalidEncoding.code, detail)])


def _checked(source: str, rows: Sequence[Row]) -> Rows[Row]:
    if not rows:
        raise _malformed("El envío no trae ninguna fila.", "/rows")
    if len(rows) > MAX_ROWS:
        raise TooManyRows
    if not source.strip() or len(source) > SOURCE_LENGTH or "\x00" in source:
        raise _malformed("source tiene de 1 a 100 caracteres.", "/source")
    return Rows(source, rows)


def _refused_shape(what: str, message: str) -> InvalidBatch:
    """msgspec's English message as a problem with a JSON pointer."""
    said, _, place = message.partition(" - at ")
    pointer = place.strip("`").replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
    pointer = pointer.removeprefix("$") or "/"
    return _malformed(f"{what} no tiene la forma esperada en {pointer}: {_in_spanish(said)}.", pointer)


def _in_spanish(message: str) -> str:
    for pattern, sentence in _MESSAGES:
        if found := pattern.fullmatch(message):
            return sentence.format(*(_TYPES.get(group, group) for group in found.groups()))
    return "no se entiende"


def too_deep_at(body: bytes, rows: Sequence[msgspec.Struct]) -> int | None:
    """Index of the first row that nests beyond the limit. The decoder itself stops only where the stack ends, which is
    another depth in every Python.

    Rows are flat, so the brackets of the whole body are counted first: with too few of them no row is looked at.
    """
    if body.count(b"{") + body.count(b"[") < len(rows) + MAX_DEPTH:
        return None
    # An object, its list and a row are three levels above a field.
    return next(
        (index for index, row in enumerate(rows) if any(depth_of(field) > MAX_DEPTH - 3 for field in _nested(row))),
        None,
    )


def refuse_deep_lines(body: bytes, rows: Sequence[msgspec.Struct]) -> None:
    """Raises TooDeep naming the first line that nests beyond the limit. rows: one for each line that is not blank."""
    index = too_deep_at(body, rows)
    if index is not None:
        numbers = [number for number, line in enumerate(body.splitlines(), 1) if line.strip()]
        raise TooDeep(f"La línea {numbers[index]} anida demasiados niveles.")


def _nested(row: msgspec.Struct) -> list[Any]:
    return [field for field in msgspec.structs.astuple(row) if isinstance(field, dict | list)]


def _nests_too_deep(body: bytes) -> bool:
    """Whether a body that has another shape nests beyond the limit near its beginning."""
    depth = 0
    for byte in _STRING.sub(b"", body[:_SCANNED]):
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > MAX_DEPTH:
            return True
    return False


def _place_of(error: msgspec.DecodeError) -> str:
    """Where the JSON breaks, for a sentence."""
    found = _BYTE.search(str(error))
    return f" en el byte {found[1]}" if found else ": está incompleto" if "truncated" in str(error) else ""


def _malformed(detail: str, pointer: str = "") -> InvalidBatch:
    return InvalidBatch(detail, errors=[FieldError(pointer, InvalidBatch.code, detail)])
