"""What a change of target can be refused for."""

from services.kit.problems import Conflict, Invalid


class TargetClosed(Conflict):
    code, title = "target-closed", "Meta cerrada"
    default_detail = "La oficina de planificación cerró las metas. Solicite que las reabra."


class RangeMismatch(Invalid):
    code, title = "range-mismatch", "El rango no corresponde"
    default_detail = "Solo un indicador de rango tiene value_to, y siempre lo tiene."


class TargetPeriodMismatch(Invalid):
    code, title = "target-period-mismatch", "Período de otra frecuencia"
    default_detail = "La meta es de un período de la frecuencia de la asignación, o anual para comprobar la suma."
