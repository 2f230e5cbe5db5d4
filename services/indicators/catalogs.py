"""What front ends draw without hard-coding: labels, order and colours of this service's closed lists."""

from typing import Any

from services.indicators.intake.codes import DETAILS


def _entries(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "label": label, "order": order} for order, (code, label) in enumerate(pairs, 1)]


def _lights(*triples: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {"code": code, "label": label, "colour": colour, "order": order}
        for order, (code, label, colour) in enumerate(triples, 1)
    ]


CATALOGS: dict[str, Any] = {
    "frequencies": _entries(
        ("monthly", "Mensual"),
        ("bimonthly", "Bimestral"),
        ("quarterly", "Trimestral"),
        ("four_monthly", "Cuatrimestral"),
        ("semiannual", "Semestral"),
        ("annual", "Anual"),
    ),
    "directions": _entries(("up", "Ascendente"), ("down", "Descendente"), ("range", "Rango"), ("maintain", "Mantener")),
    "time_aggregations": _entries(
        ("sum", "Acumulado"), ("mean", "Promedio"), ("last", "Último valor"), ("max", "Máximo"), ("ratio", "Razón")
    ),
    "org_aggregations": _entries(
        ("sum", "Suma"),
        ("mean", "Promedio"),
        ("weighted", "Promedio ponderado"),
        ("ratio", "Razón"),
        ("none", "No se agrega"),
    ),
    "hierarchies": _entries(("impact", "Impacto"), ("result", "Resultado")),
    "units": _entries(
        ("percent", "Porcentaje"),
        ("usd", "Dólares"),
        ("count", "Número"),
        ("days", "Días"),
        ("months", "Meses"),
        ("ratio", "Razón"),
        ("index", "Índice"),
    ),
    "target_kinds": _entries(
        ("level", "Nivel"),
        ("change_on_baseline", "Cambio sobre la línea base"),
        ("change_on_same_period_last_year", "Cambio sobre el mismo período del año anterior"),
        ("maintain", "Mantener"),
        ("ambiguous", "Ambigua: una persona debe decidir"),
    ),
    "cell_states": _entries(
        ("reported", "Reportado"), ("missing", "Faltante"), ("not_due", "Aún no vence"), ("exempt", "Exento")
    ),
    "review_states": _entries(
        ("draft", "Borrador"), ("submitted", "Enviado"), ("returned", "Devuelto"), ("approved", "Aprobado")
    ),
    "traffic_lights": _lights(
        ("red", "Rojo", "#c62828"),
        ("amber", "Amarillo", "#f9a825"),
        ("green", "Verde", "#2e7d32"),
        ("over", "Sobrecumplimiento", "#1565c0"),
    ),
    "feed_sources": _entries(
        ("manual", "Manual"),
        ("push", "Envío automático"),
        ("budget", "Ejecución presupuestaria"),
        ("hr", "Talento humano: rotación de personal"),
        ("pac", "Plan de contratación"),
        ("platform", "Plataforma"),
    ),
    "measurement_row_outcomes": _entries(
        ("created", "Creada"),
        ("updated", "Actualizada"),
        ("unchanged", "Sin cambio"),
        ("rejected", "Rechazada"),
        ("not_applied", "No aplicada: otra fila impidió el envío atómico"),
    ),
    "measurement_warnings": _entries(
        ("surprising-percent", "Porcentaje poco usual"),
        ("jump-against-history", "Salto frente al valor anterior"),
    ),
    "comparability_breaks": _entries(
        ("definition-changed", "Cambió la definición"),
        ("unit-changed", "Cambió la unidad de medida"),
        ("frequency-changed", "Cambió la frecuencia"),
        ("direction-changed", "Cambió el sentido"),
    ),
    "measurement_row_codes": _entries(*DETAILS.items()),
}
