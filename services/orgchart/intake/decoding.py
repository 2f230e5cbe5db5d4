"""A batch of appointments, whatever it came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.kit.rows import RowReader, Rows


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


# Without the last cells of its row an appointment would have no end.
READER: Final = RowReader(AppointmentRow, refuse_cut=True)


@dataclass(frozen=True, slots=True)
class Batch:
    """A decoded batch. canonical: bytes equal for equal content, whatever its spacing or key order."""

    source: str
    rows: Sequence[AppointmentRow]
    canonical: bytes


def batch_of(read: Rows[AppointmentRow]) -> Batch:
    return Batch(read.source, read.rows, msgspec.json.encode((read.source, read.rows)))
