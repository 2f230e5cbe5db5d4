"""Why a reorganisation is not done, or not undone."""

from __future__ import annotations

from services.kit.problems import Conflict, Invalid, NotFound, Unavailable


class ReorganizationRefused(Invalid):
    code, title = "reorganization-refused", "La reorganización no se puede hacer"
    default_detail = "Hay operaciones que dejarían mal la organización; vea errors. Nada cambió."


class OrganisationChanged(Conflict):
    code, title = "organisation-changed", "La organización cambió entretanto"
    default_detail = "Otra reorganización se aplicó mientras se preparaba esta. Vuelva a verla antes de aplicarla."


class ReorganizationNotUndoable(Conflict):
    code, title = "reorganization-not-undoable", "La reorganización ya no se puede deshacer"
    default_detail = "Algo posterior depende de ella. Haga una nueva reorganización que la corrija."


class UnknownReorganization(NotFound):
    code, title = "unknown-reorganization", "Reorganización desconocida"


class PendingUnknown(Unavailable):
    code, title = "pending-unknown", "No se sabe qué está pendiente"
    default_detail = (
        "Terminan dependencias sin sucesor y no responde el servicio que sabe si tienen pendientes. Repita."
    )
