"""What can be wrong with a dependencia in a path."""

from __future__ import annotations

from services.kit.problems import NotFound


class UnknownDependencia(NotFound):
    """Nothing had this code on that date."""

    code = "unknown-dependencia"
    title = "Dependencia desconocida"
    default_detail = "Ninguna dependencia tenía ese código en la fecha pedida. Revise el código y as_of."
