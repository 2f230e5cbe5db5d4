"""Why a row is rejected: stable codes, and what to do next in the reader's language."""

DETAILS = {
    "unknown-assignment": "No existe una asignación con ese código a su alcance. Revise el código en /assignments.",
    "ambiguous-assignment": "Varias asignaciones cumplen lo nombrado, o assignment lo contradice. Envíe solo uno.",
    "unknown-dependencia": "No existe la dependencia nombrada. Revise el código en /dependencias.",
    "not-in-scope": "Puede ver esta asignación, pero no reportarla. Pida el permiso a quien administra su dependencia.",
    "invalid-period": "El período no existe. Formas: 2025-03, 2025-B2, 2025-Q1, 2025-C1, 2025-S1, 2025.",
    "period-frequency-mismatch": "El período no es de la frecuencia de la asignación. Revise la asignación.",
    "period-not-open": "El período aún no se abre, o es ajeno al plan o a la vida de la dependencia. Vea /calendar.",
    "period-locked": "El período está cerrado. Solicite una excepción a la oficina de planificación.",
    "invalid-number": "No es un decimal como 94.50, sin separadores, de hasta 20 cifras enteras y 10 decimales.",
    "ambiguous-number": "El número admite dos lecturas (1.234). Escríbalo sin separadores o declare el locale.",
    "out-of-range": "El dato está fuera de lo que admite la unidad o el campo. Revíselo en la fuente.",
    "ratio-mismatch": "Valor, numerador y denominador no concuerdan. Envíe solo numerador y denominador.",
    "duplicate-row": "Otra fila del envío nombra la misma asignación y período; no se tomó ninguna. Deje una sola.",
    "fed-by-source": "Esta asignación se alimenta de otro sistema; un valor enviado no la reemplaza.",
    "evidence-missing": "Esta asignación exige evidencia. Envíe evidence_url y evidence_sha256.",
}
