"""Rows on their way from files to tables, and the checks that every file shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import SQLModel

from services.kit.seeding import SeedError, read_lines
from services.plans.importers import records as r
from services.plans.tables import Alignment, Objective, Plan, Strategy

SEED_ACTOR = "seed"
Found = TypeVar("Found")


@dataclass(slots=True)
class Facts:
    """Rows ready to insert, in an order that satisfies their references."""

    folder: Path
    dependencias: Mapping[str, int]
    now: datetime
    plans: dict[str, Plan] = field(default_factory=dict)
    objectives: dict[str, Objective] = field(default_factory=dict)
    strategies: dict[str, Strategy] = field(default_factory=dict)
    alignments: list[Alignment] = field(default_factory=list)
    rest: list[list[SQLModel]] = field(default_factory=list)

    def read(self, name: str, record: type[Found]) -> Iterator[tuple[Path, int, Found]]:
        path = self.folder / name
        for line, found in read_lines(path, record):
            yield path, line, found

    def trace(self, record: r.Record) -> dict[str, Any]:
        return {
            "warnings": list(record.warnings),
            "notes": list(record.notes),
            "source": record.source,
            "updated_at": self.now,
            "updated_by": SEED_ACTOR,
        }


def known(mapping: Mapping[str, Found], code: str, what: str, path: Path, line: int) -> Found:
    """The entry of a code. Raises SeedError naming file and line."""
    try:
        return mapping[code]
    except KeyError as error:
        raise SeedError(path, line, f"no existe {what} «{code}»") from error


def unseen(mapping: Mapping[str, Any], code: str, path: Path, line: int) -> None:
    if code in mapping:
        raise SeedError(path, line, f"el código «{code}» está repetido")
