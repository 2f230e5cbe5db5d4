"""The official three-file form: data set, metadata, dictionary. Pure: values in, bytes out, always the same."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.kit.exports import harmless

ABSENT = "INFORMACIÓN NO DISPONIBLE"
NOT_APPLICABLE = "NO APLICA"
# Archives hold no clock: the same month must give the same bytes, whenever it is asked for.
_TIMELESS = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data set and what the dictionary says of it."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Form:
    """One numeral of one month, ready to be written. rows: text cells in the columns' order; None is absent."""

    numeral: str
    month: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | None]]
    metadata: Mapping[str, str | None]

    def cells(self) -> list[list[str]]:
        return [[ABSENT if cell is None or cell == "" else cell for cell in row] for row in self.rows]


def csv_bytes(lines: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180, UTF-8. A cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([[harmless(cell) for cell in line] for line in lines])
    return text.getvalue().encode()


def files_of(form: Form) -> dict[str, bytes]:
    """The three files by name, in the order in which the form names them."""
    stem = f"{form.numeral}-{form.month}"
    return {
        f"{stem}-conjunto-de-datos.csv": csv_bytes([[c.name for c in form.columns], *form.cells()]),
        f"{stem}-metadatos.csv": csv_bytes([[label, value or ABSENT] for label, value in form.metadata.items()]),
        f"{stem}-diccionario.csv": csv_bytes(
            [["Nombre del campo", "Descripción"], *([c.name, c.description] for c in form.columns)]
        ),
    }


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _TIMELESS)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return archive.getvalue()
