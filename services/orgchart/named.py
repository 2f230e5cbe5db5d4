"""Dependencias that a request body names."""

from __future__ import annotations

from services.kit.database import Connection
from services.kit.problems import FieldError, Invalid


class DependenciaNotFound(Invalid):
    """A body names a dependencia that never was."""

    code = "dependencia-not-found"
    title = "Dependencia desconocida"
    default_detail = "No existe la dependencia nombrada. Revise el código en /dependencias."


async def dependencia_id_of(connection: Connection, code: str, pointer: str = "/dependencia") -> int:
    """The id of a dependencia by its code; its row stays locked, so that what hangs on it is written in turn.

    Raises DependenciaNotFound at the pointer.
    """
    found: int | None = await connection.fetchval(
        "SELECT id FROM orgchart.dependencias WHERE code = $1 FOR NO KEY UPDATE", code
    )
    if found is None:
        raise DependenciaNotFound(
            errors=[FieldError(pointer, DependenciaNotFound.code, DependenciaNotFound.default_detail)]
        )
    return found
