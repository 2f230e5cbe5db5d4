"""Facts loaded into empty tables at the first start: checked whole before the first row is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

Record = TypeVar("Record")


class SeedError(Exception):
    """A fact that cannot be loaded. The message names file and line; nothing was loaded."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path.parent.parent.name}/{path.parent.name}/{path.name}:{line}: {why}")


def read_lines(path: Path, record: type[Record]) -> Iterator[tuple[int, Record]]:
    """Line number and record of a JSON Lines file, each checked against its msgspec Struct. Raises SeedError."""
    if not path.is_file():
        raise SeedError(path, 0, "no existe el archivo")
    decoder = msgspec.json.Decoder(record)
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SeedError(path, number, str(error)) from error


def read_document(path: Path) -> Any:
    """A whole JSON file. Raises SeedError."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except FileNotFoundError as error:
        raise SeedError(path, 0, "no existe el archivo") from error
    except msgspec.DecodeError as error:
        raise SeedError(path, 1, str(error)) from error
