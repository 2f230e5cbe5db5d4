"""What a technical sheet can be refused for."""

from services.kit.problems import Conflict, Invalid


class IndicatorExists(Conflict):
    code, title = "indicator-exists", "El indicador ya existe"
    default_detail = "Ya existe un indicador con ese código. Para cambiarlo, añada una versión."


class InvalidFormulaText(Invalid):
    code, title = "invalid-formula", "Fórmula no válida"


class UnknownReference(Invalid):
    code, title = "unknown-reference", "Referencia desconocida"


class FormulaCycle(Invalid):
    code, title = "formula-cycle", "Fórmula circular"


class NoFormula(Conflict):
    code, title = "no-formula", "El indicador no tiene fórmula"
    default_detail = "Este indicador se reporta; no se calcula de otros."
