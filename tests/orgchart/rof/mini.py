"""A miniature regulation to hang NOTAs on, printed the way the extraction prints the real one."""

from __future__ import annotations

from datetime import date

from services.orgchart.importers.rof import Codification, parse
from services.orgchart.importers.rof.model import Item, Section

BEFORE, AFTER = date(2020, 12, 31), date(2021, 1, 1)


def _printed(text: str) -> str:
    """¶ stands for the line holding one space that the extraction leaves between paragraphs."""
    return text.replace("¶", " ")


HEAD = _printed("""NOTA: EL CONTENIDO DEL PRESENTE DOCUMENTO HA SIDO CONSTRUIDO EN BASE AL TEXTO ORIGINAL DE LA
RESOLUCIÓN NO. C.D. 535 DE 08 DE SEPTIEMBRE DE 2016 Y SUS REFORMAS.
¶
Artículo 8.- De la Estructura Orgánica.- Los procesos internos son:
¶
5. Procesos Adjetivos de Asesoría de la Dirección General
¶
5.5 Gestión Nacional de Procesos
¶
Responsable: Director(a) Nacional de Procesos
¶
5.6 Gestión Nacional de Planificación
¶
Responsable: Director (a) Nacional de Planificación
¶
Artículo 10.- Estructura Descriptiva
¶
5. PROCESOS ADJETIVOS DE ASESORÍA DE LA DIRECCIÓN GENERAL
¶
5.5 GESTIÓN NACIONAL DE PROCESOS
¶
DIRECCIÓN NACIONAL DE PROCESOS
¶
MISIÓN:
¶
Diseñar los procesos.
¶
RESPONSABLE: Director (a) Nacional de Procesos
¶
ATRIBUCIONES Y RESPONSABILIDADES:
¶
a) Diseñar los procesos del Instituto;
b) Controlar los procesos; y,
c) Las demás que le fueren asignadas.
""")

TAIL = _printed("""
5.6 GESTIÓN NACIONAL DE PLANIFICACIÓN
¶
DIRECCIÓN NACIONAL DE PLANIFICACIÓN
¶
MISIÓN:
¶
Dirigir la planificación.
¶
RESPONSABLE: Director (a) Nacional de Planificación
¶
ATRIBUCIONES Y RESPONSABILIDADES:
¶
a) Dirigir la planificación institucional;
b) Evaluar los planes, y ejercer las facultades del numeral
2. de la Ley; y,
c) Las demás que le fueren asignadas.
¶
Gestiones Internas:
¶
\uf0b7 Programación
\uf0b7 Seguimiento
¶
PRODUCTOS Y SERVICIOS:
¶
PROGRAMACIÓN
¶
1. Plan estratégico.
2. Plan operativo.
¶
SEGUIMIENTO
¶
1. Informes de seguimiento.
""")

FOOT = _printed("""
Artículo 11.- Atribuciones y Productos Generales.-
¶
1. Todas las Direcciones Nacionales tendrán como sus atribuciones generales las siguientes:
¶
a) Presentar informes;
b) Coordinar la gestión.
¶
Los productos que deberán generar son:
¶
1. Informes de gestión.
¶
DISPOSICIONES GENERALES
¶
PRIMERA.- Encárguese de la ejecución a la Dirección General.
¶
NOTA: De conformidad con la autorización del Ministerio del Trabajo, el Reglamento entró en vigencia a partir del
6 de mayo de 2017.
""")


def change(target: str, verb: str, body: str | None = None, provision: str = "artículo 1") -> str:
    """A NOTA of Resolution C.D. 600, in force on the first day of 2021."""
    by = f"{target}, {verb} por {provision} de la Resolución No. C.D. 600 de 15 de diciembre de 2020"
    effective = "Modificación vigente desde el 1 de enero de 2021."
    return f"\nNOTA: {by}. {effective}\n" if body is None else f"\nNOTA: {by}:\n \n“{body}”.\n \n{effective}\n"


def read(after_processes: str = "", after_planning: str = "", after_general: str = "") -> Codification:
    """The miniature with NOTAs after unit 5.5, after unit 5.6, and at the end of Art. 11."""
    foot = FOOT.replace("\nDISPOSICIONES GENERALES", f"{after_general}\n \nDISPOSICIONES GENERALES")
    return parse(HEAD + after_processes + TAIL + after_planning + foot)


def labels(found: Codification, numeral: str, day: date, section: Section = Section.ATTRIBUTIONS) -> list[str | None]:
    return [item.label for item in items(found, numeral, day, section)]


def items(found: Codification, numeral: str, day: date, section: Section = Section.ATTRIBUTIONS) -> list[Item]:
    unit = next(unit for unit in found.units_on(day) if unit.numeral == numeral)
    return [item for item in found.items_on(day, section) if item.unit == unit.unit]


def codes(found: Codification) -> list[str]:
    return [finding.code for finding in found.errors]
