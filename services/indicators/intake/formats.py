"""The line-based media types: NDJSON and CSV. Both give the rows that JSON gives."""

import csv
import io

import msgspec

from services.indicators.domain.numbers import NumberLocale, number_of_csv, number_of_literal
from services.indicators.intake.decoding import Batch, InvalidBatch, MeasurementRow, checked, place_of, refused_shape
from services.indicators.intake.rowfields import ReadNumber
from services.kit.problems import FieldError, InvalidEncoding, InvalidJson, TooDeep
from services.kit.rows import refuse_deep_lines

_LINES = msgspec.json.Decoder(MeasurementRow, float_hook=number_of_literal)
_COLUMNS = MeasurementRow.__struct_fields__
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def batch_of_ndjson(body: bytes, source: str) -> Batch:
    """Decode one row a line. Raises InvalidJson or InvalidBatch naming the line."""
    try:
        rows = _LINES.decode_lines(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _name_the_line(body)
        raise
    refuse_deep_lines(body, rows)
    return checked(source, rows)


def _name_the_line(body: bytes) -> None:
    """Decode line by line until the one that fails, for a problem that says which it is."""
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            _LINES.decode(line)
        except msgspec.ValidationError as error:
            refused = refused_shape(str(error))
            raise InvalidBatch(f"Línea {number}: {refused.detail}", errors=refused.errors) from error
        except UnicodeDecodeError as error:
            raise InvalidEncoding(f"La línea {number} no está en UTF-8.") from error
        except RecursionError as error:
            raise TooDeep(f"La línea {number} anida demasiados niveles.") from error
        except msgspec.DecodeError as error:
            raise InvalidJson(f"La línea {number} no es JSON válido{place_of(error)}.") from error


def batch_of_csv(body: bytes, source: str) -> Batch:
    """Decode a file with a header line; `,` or `;` separates, as spreadsheets of either locale write it.

    Empty cells are nulls. Raises InvalidEncoding, or InvalidBatch for an unknown or repeated column or a line with
    more cells than the header.
    """
    try:
        text = body.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    header_line = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in header_line else ",", strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        rows = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) > len(header):
                raise _csv_problem(f"Línea {reader.line_num}: tiene más celdas que la cabecera.")
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
            rows.append(MeasurementRow(**named))
    except csv.Error as error:
        raise _csv_problem(f"Línea {reader.line_num}: no es CSV válido; revise comillas y saltos de línea.") from error
    return checked(source, rows)


def csv_number(locale: NumberLocale | None) -> ReadNumber:
    """How numbers of a CSV file are read: by shape, or by the locale it declares."""

    def read(text: str) -> str:
        return number_of_csv(text, locale)

    return read


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in _COLUMNS]
    if not any(header):
        raise _csv_problem(f"Falta la cabecera. Columnas: {', '.join(_COLUMNS)}.")
    if unknown:
        raise _csv_problem(f"No se conoce la columna «{unknown[0]}». Columnas: {', '.join(_COLUMNS)}.")
    if len(set(header)) < len(header):
        raise _csv_problem("La cabecera repite una columna.")


def _csv_problem(detail: str) -> InvalidBatch:
    return InvalidBatch(detail, errors=[FieldError("", InvalidBatch.code, detail)])
