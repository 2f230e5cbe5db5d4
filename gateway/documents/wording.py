"""The words of the merged description that hold for every service: what is said once is said alike everywhere.

What a route says of a parameter goes before what stands here.
"""

from __future__ import annotations

from typing import Final

GUIDE: Final = """\
API abierta de IESS por Resultados: quién responde por qué, a qué se comprometió y si lo cumplió.

**Empezar.** `POST /api/v1/auth/login` (personas) o `/api/v1/auth/token` (sistemas) dan un `access_token`; va en
`Authorization: Bearer …`. `GET /api/v1/me` dice quién es usted y `GET /api/v1/me/can`, si puede hacer algo y por qué.

**Valores.** Los decimales son cadenas (`"94.50"`), los instantes UTC (`…Z`), las fechas `AAAA-MM-DD`. Los períodos son
`2025-03`, `2025-B2` (bimestre), `2025-Q1` (trimestre), `2025-C1` (cuatrimestre), `2025-S1` (semestre) y `2025`. Todo
miembro declarado viene siempre, con `null` si no hay valor. Etiquetas, colores y orden de cada lista cerrada:
`GET /api/v1/catalogs`.

**Listas.** `limit` (50, hasta 500) y `cursor`; la respuesta trae `items` y `next_cursor`, `null` en la última página.
`include_total=true` añade `total`; `sort=-period,code` ordena; `fields=code,name` recorta. Los filtros se repiten
(`status=red&status=amber`). Un parámetro, campo u orden desconocido es un 422 que dice cuáles hay. Con
`Accept: text/csv` o `application/x-ndjson` llega la lista entera.

**Cambios.** Lo que se lee trae `ETag`: con `If-None-Match`, lo que no cambió responde 304 sin cuerpo; `PUT`, `PATCH`
y `DELETE` lo piden en `If-Match` (428 si falta, 412 si alguien lo cambió entretanto: léalo otra vez). Un `POST` con
`Idempotency-Key` tiene un solo efecto, se repita cuanto se repita. `GET /api/v1/events` entrega todo cambio, en orden.

**Rechazos.** Todo 4xx y 5xx es `application/problem+json` (RFC 9457). Prográmese contra `code`, que es estable;
`errors` dice en qué miembro (`pointer`). 404: no existe o no está a su alcance. 403: lo ve, pero no puede. 409: el
estado no lo permite. 422: el contenido no vale. 429 y 503: espere lo que diga `Retry-After` y repita.
"""

# In the order in which a newcomer meets them.
TAGS: Final = {
    "auth": "Iniciar sesión, renovar y terminar; activar una cuenta",
    "me": "Quién soy, qué puedo, mis sesiones, mi contraseña y mi segundo factor",
    "documents": "Catálogos: etiquetas, colores y orden de toda lista cerrada",
    "organisation": "Dependencias, árbol, provincias y zonas, en cualquier fecha",
    "regulation": "El Reglamento Orgánico Funcional: unidades, atribuciones, productos, diferencias entre fechas",
    "reorganizations": "Cambios de la organización bajo una resolución, y quién sucede a quién",
    "people": "Puestos, personas, designaciones y ausencias",
    "plans": "Planes y lo que contienen",
    "objectives": "Objetivos y estrategias",
    "alignment": "A qué contribuye cada objetivo, hacia arriba y hacia abajo",
    "methodology": "Hallazgos metodológicos y cobertura",
    "workflow": "Estados, aprobación, versiones y diferencias de un plan",
    "observations": "Hilos de observación sobre un plan en revisión",
    "reforms": "Reformas de un plan aprobado, con su causa legal",
    "projects": "Proyectos y planes de acción: fases, hitos, avance, riesgos, presupuesto",
    "pac": "Plan anual de contratación y sus reformas",
    "budget": "Ejecución presupuestaria",
    "indicators": "Fichas técnicas y su asignación a dependencias",
    "targets": "Metas por período y líneas base",
    "calendar": "Aperturas, vencimientos, cierres, excepciones y lo que se debe",
    "measurements": "Mediciones: envío por lotes, lectura, revisión y explicación",
    "scorecards": "Tableros: semáforos, puntaje y cobertura",
    "series": "Un indicador en el tiempo y entre dependencias",
    "data-quality": "Completitud, oportunidad y fiabilidad",
    "policies": "Políticas versionadas: semáforos, verbos, plazos",
    "public": "Transparencia (LOTAIP), sin cuenta",
    "events": "Todo cambio, en orden, para quien mantiene una copia",
    "users": "Cuentas de personas",
    "clients": "Cuentas de sistemas",
    "grants": "Quién puede qué y dónde",
    "audit": "La bitácora y su verificación",
    "keys": "Claves que firman y que cifran",
}

ANSWERS: Final = {"200": "Correcto", "201": "Creado", "204": "Hecho; sin cuerpo", "304": "Sin cambios desde ese ETag"}

IF_MATCH: Final = "El `ETag` que leyó, o `*`"
IF_NONE_MATCH: Final = "El `ETag` que ya tiene: sin cambios responde 304, sin cuerpo"
IDEMPOTENCY_KEY: Final = "Un valor propio de este envío; repetido con el mismo contenido, no tiene otro efecto"

# `code` and `number` name what their collection holds.
CODES: Final = {
    "assignments": ("Código de la asignación", "POA-2019.DP-AZUAY.014"),
    "dependencias": ("Código de la dependencia", "DP-AZUAY"),
    "indicators": ("Código del indicador", None),
    "objectives": ("Código del objetivo", None),
    "plan-policies": ("Código de la política", "PROYECTOS"),
    "plans": ("Código del plan", "POA-2025"),
    "policies": ("Código de la política", None),
    "posts": ("Código del puesto", "DP-AZUAY.01"),
    "strategies": ("Código de la estrategia", None),
}
NUMBERS: Final = {
    "lock-exceptions": "Número de la excepción",
    "milestones": "Número del hito",
    "observations": "Número del hilo",
    "pac-lines": "Número de la línea",
    "pac-reforms": "Número de la reforma del PAC",
    "products": "Número del producto",
    "reforms": "Número de la reforma",
    "reorganizations": "Identificador de la reorganización",
    "risks": "Número del riesgo",
}
EXAMPLES: Final = {
    "assignment": "POA-2019.DP-AZUAY.014",
    "dependencia": "DP-AZUAY",
    "numeral": "5.4.1",
    "period": "2019-01",
    "plan": "POA-2019",
    "project": "POA-2025.DNTI.P01",
    "username": "azuay.reporte",
    "client_id": "sys-azuay",
}

PARAMETERS: Final = {
    "absence_id": "Identificador de la ausencia",
    "accumulated": "Acumulado del año hasta el período, solo lo vencido",
    "acting_for": "Por cuenta de quién se actuó",
    "action": "Qué se hizo, por ejemplo `measurement.approved`",
    "active": "Solo las vigentes, o solo las terminadas",
    "actor": "Quién lo hizo: cuenta de persona o de sistema",
    "aligned_to": "Código de aquello a lo que contribuyen",
    "answered": "Solo las respondidas, o solo las pendientes",
    "appointment_id": "Identificador de la designación",
    "approved_only": "Solo valores aprobados",
    "assignment": "Código de la asignación",
    "batch_id": "Identificador del lote: el `batch_id` de su acuse de recibo",
    "carried_over": "Solo los que vienen de un plan anterior, o solo los demás",
    "chain": "Cadena de la bitácora: la del servicio que escribió la fila",
    "client_id": "Identificador del sistema",
    "closed": "Solo las metas cerradas, o solo las abiertas",
    "code": "Código",
    "collegiate": "Solo los puestos de varios miembros a la vez, o solo los demás",
    "company": "Código canónico de la empresa presupuestaria",
    "dependencia": "Código de la dependencia",
    "derived": "Solo las deducidas de la plantilla provincial, o solo las que el texto nombra",
    "direction": "Hacia dónde mejora",
    "dry_run": "Responde 200 con lo que pasaría, sin cambiar nada",
    "end_date_from": "Terminan ese día o después",
    "end_date_to": "Terminan ese día o antes",
    "finding": "Código del hallazgo",
    "format": "Forma del documento",
    "frequency": "Frecuencia",
    "from": "Versión de partida",
    "grant_id": "Número de la concesión",
    "group": "Grupo de gasto",
    "hierarchy": "De impacto o de resultado",
    "import_id": "Identificador de la importación",
    "in_pei": "Solo las estrategias que están en el PEI, o solo las demás",
    "in_time": "Solo las atendidas a tiempo, o solo las que no",
    "indicator": "Código del indicador",
    "kind": "Clase",
    "letter": "Letra del literal",
    "level": "Nivel",
    "month": "Mes, de 1 a 12",
    "naming": "De dónde viene su nombre: reglamento, manual, o de ninguna parte",
    "number": "Número impreso en el documento del plan",
    "numeral": "Numeral del Art. 10 del reglamento",
    "objective": "Código del objetivo",
    "occurred_from": "Desde este instante, inclusive",
    "occurred_to": "Hasta este instante, inclusive",
    "ocid": "Identificador de contratación abierta",
    "outcome": "Solo lo hecho o aplicado, o solo lo rechazado",
    "overdue": "Solo los vencidos sin terminar, o solo los demás",
    "owner": "Código de la dependencia que los lleva",
    "parent_numeral": "Numeral de la unidad de la que depende",
    "period": "Código del período",
    "period_from": "Primer período, inclusive",
    "period_to": "Último período, inclusive",
    "permission": "Permiso, por ejemplo `measurement:read`",
    "person": "Identificador de la persona",
    "person_id": "Identificador de la persona",
    "phase": "Fase",
    "plan": "Código del plan",
    "pointer": "Lugar del plan al que se refiere",
    "post": "Código del puesto",
    "process_type": "Tipo de proceso",
    "project": "El `id` del proyecto o plan de acción",
    "q": "Texto buscado, sin distinguir tildes ni mayúsculas",
    "quarter": "Trimestre, de 1 a 4",
    "reason": "Por qué; queda en la bitácora",
    "request_id": "El `X-Request-Id` de la solicitud que lo hizo",
    "requested_on_from": "Solicitadas ese día o después",
    "requested_on_to": "Solicitadas ese día o antes",
    "resolution": "Código de la resolución",
    "responsible": "Solo los puestos que responden por su dependencia, o solo los demás",
    "review": "Estado de la revisión",
    "role": "Rol",
    "root": "Código de la dependencia desde la que se cuelga el árbol",
    "scope": "`own`: solo lo suyo; `subtree`: también todo lo que depende de ella",
    "section": "Sección del documento del plan: el código de su dependencia",
    "session_id": "Identificador de la sesión",
    "severity": "Gravedad",
    "status": "Estado",
    "subject": "Cuenta de persona o de sistema",
    "subtree": "Incluye lo que depende de las dependencias nombradas",
    "target": "Sobre qué se actuó",
    "username": "Nombre de la cuenta",
    "version": "Número de la versión",
    "year": "Año",
    "zone": "Número de la zona, de 1 a 7",
}
