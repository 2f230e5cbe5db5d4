"""What the database complains of, by SQLSTATE: values it cannot take, and what it cannot do for the moment.

Never by constraint name, and never in its own words: those hold SQL and values.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.kit.problems import Invalid, Problem, Unavailable


class StorageUnavailable(Unavailable):
    code, title = "storage-unavailable", "No se puede guardar por ahora"
    default_detail = (
        "La base de datos no admite cambios: disco lleno, memoria agotada o solo lectura. No se guardó nada. "
        "Avise a quien administra la instalación y repita después de Retry-After."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "30"})


_BAD_CHARACTER: Final = (
    asyncpg.exceptions.CharacterNotInRepertoireError,
    asyncpg.exceptions.UntranslatableCharacterError,
    UnicodeEncodeError,
)
_OUT_OF_RANGE: Final = (
    asyncpg.exceptions.NumericValueOutOfRangeError,
    asyncpg.exceptions.DatetimeFieldOverflowError,
    OverflowError,
)
_CONNECTION_LOST: Final = (ConnectionError, TimeoutError, PoolTimeout, socket.gaierror)
# Classes of SQLSTATE: connection, operator intervention (shutting down, starting up, cancelled), too many connections,
# and transactions that met another's: whoever repeats them succeeds.
_NOT_THERE: Final = ("08", "57", "53300", "53400", "40001", "40P01", "55P03")
# Insufficient resources (disk, memory), errors of the system below, and a database that only reads.
_NOT_STORED: Final = ("53", "58", "25006")
# The same below a file of ours: keys are kept in files.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def database_problem(error: BaseException) -> Problem | None:
    """What the database complains of, to the caller, by class; None when it is our bug."""
    for cause in _chain(error):
        if isinstance(cause, _BAD_CHARACTER):
            return Invalid("Hay un carácter que no se admite (por ejemplo NUL).")
        if isinstance(cause, _OUT_OF_RANGE):
            return Invalid("Hay un número o una fecha fuera del rango admitido.")
        if (outage := _outage(cause)) is not None:
            return outage
    return None


def _outage(cause: BaseException) -> Problem | None:
    if isinstance(cause, asyncpg.PostgresError):
        sqlstate = cause.sqlstate or ""
        if sqlstate.startswith(_NOT_THERE):
            return Unavailable()
        return StorageUnavailable() if sqlstate.startswith(_NOT_STORED) else None
    if isinstance(cause, asyncpg.InterfaceError):
        return Unavailable() if "closed" in str(cause) else None
    if isinstance(cause, OSError) and cause.errno in _FULL:
        return StorageUnavailable()
    # A socket that is not there has no file name; a file that we miss has one, and is our bug.
    is_no_socket = isinstance(cause, FileNotFoundError) and cause.filename is None
    return Unavailable() if is_no_socket or isinstance(cause, _CONNECTION_LOST) else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what SQLAlchemy wrapped in it, and what caused them."""
    pending: list[Any] = [error]
    while pending:
        current = pending.pop(0)
        if current is not None:
            yield current
            pending += [getattr(current, "orig", None), current.__cause__]
