"""What an assignment can be refused for."""

from services.kit.problems import Conflict, Invalid


class UnknownPart(Invalid):
    code, title = "unknown-part", "Referencia desconocida"


class HasMeasurements(Conflict):
    code, title = "has-measurements", "Ya tiene mediciones"
    default_detail = "La frecuencia no cambia una vez que hay mediciones; cree otra asignación."
