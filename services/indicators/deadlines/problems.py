"""What a change of calendar can be refused for."""

from services.kit.problems import Conflict, Invalid


class ExpiryInThePast(Invalid):
    code, title = "expiry-in-the-past", "Vencimiento pasado"
    default_detail = "La excepción debe vencer en el futuro. Corrija expires_at."


class AlreadyExempt(Conflict):
    code, title = "already-exempt", "La celda ya está exenta"
    default_detail = "Ya existe una exención vigente para esa asignación y período."
