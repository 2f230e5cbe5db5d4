"""Why a whole batch is refused. Its rows say why, one by one."""

from services.kit.problems import Invalid


class BatchRefused(Invalid):
    code, title = "batch-rejected", "Envío rechazado"
    default_detail = "No entró ninguna fila: en rows está, fila por fila, qué corregir. Corríjalas y envíe de nuevo."
