"""A text that was saved, copied or extracted by another program reads the same, or says at which line it cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest

from services.orgchart.importers.rof import Codification, parse
from services.orgchart.importers.rof.model import Section
from tests.orgchart.rof.mini import AFTER, FOOT, HEAD, TAIL, change, codes, items, labels

REFORM = change("Literal c) del numeral 5.5 del artículo 10", "sustituido", "c) Asesorar a las dependencias;")
PRINTED = HEAD + REFORM + TAIL + FOOT
PAGE = "TEXTO HISTÓRICO\n\nILUSTRATIVO PARA\n\nRS. C.D. 553 de 8 de junio de 2017; y,\n\nPágina 48 de 173\n\n"


def said(found: Codification) -> list[object]:
    """Everything that was read, without the lines it stands on."""
    return [
        [(u.numeral, u.name, u.process_name, u.mission, u.responsible_post, u.valid_from) for u in found.units],
        [(i.unit, i.section, i.group, i.label, i.text, i.valid_from, i.valid_to) for i in found.items],
        [(i.scope, i.section, i.label, i.text) for i in found.general_items],
        [(d.kind, d.ordinal, d.text) for d in found.dispositions],
        [(e.numeral, e.name, e.responsible_post) for e in found.structure],
    ]


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: re.sub(r"(?<=\S) (?=\S)", "\u202f\t", text),
        lambda text: re.sub(r"(?<=\S) (?=\S)", "  ", text),
        lambda text: re.sub(r"(?<=\S)$", "   ", text, flags=re.MULTILINE),
        lambda text: re.sub(r"(\w{3})(\w{3})", "\\1\u00ad\\2", text),
        lambda text: text.replace("Controlar los procesos", "Contro\u00ad\nlar los pro\u00ad\ncesos"),
        lambda text: text.replace("o", "o\u200b"),
        lambda text: text.replace("\uf0b7", "•"),
        lambda text: text.replace("“", "«").replace("”", "»"),
        lambda text: text.replace("“", '"').replace("”", '"'),
        lambda text: text.replace("Controlar los procesos", f"Controlar\n\n{PAGE}los procesos"),
        lambda text: text.replace("RESPONSABLE:", f"{PAGE}RESPONSABLE:"),
        lambda text: text.replace("MISIÓN:", f"\f{PAGE}MISIÓN:"),
    ],
)
def test_a_text_saved_by_another_program_reads_the_same(saved: Callable[[str], str]) -> None:
    text = saved(PRINTED)

    found = parse(text)

    assert text != PRINTED
    assert codes(found) == []
    assert said(found) == said(parse(PRINTED))


@pytest.mark.parametrize(
    ("printed", "damaged", "code"),
    [
        ("b) Controlar los procesos; y,\n", "", "literal-out-of-sequence"),
        ("b) Controlar los procesos; y,\n", "b) Controlar los procesos; y,\n" * 2, "literal-out-of-sequence"),
        ("b) Controlar", "b) Controlar;\nñ) Vigilar", "mark-not-placed"),
        ("c) Las demás que le fueren asignadas.\n", "c) Otras;\nac) Las demás.\n", "mark-not-placed"),
        ("c) Las demás que le fueren asignadas.\n", "C) Las demás que le fueren asignadas.\n", "mark-not-placed"),
        ("c) Las demás que le fueren asignadas.\n", "c.- Las demás que le fueren asignadas.\n", "mark-not-placed"),
        ("2. Plan operativo.\n", "(2) Plan operativo.\n", "mark-not-placed"),
        ("2. Plan operativo.\n", "2 . Plan operativo.\n", "mark-not-placed"),
        ("¶a) Diseñar", "ATRIBUCIONES Y RESPONSABILIDADES: a) Diseñar", "list-not-begun"),
        ("vigente desde el 1 de enero de 2021", "vigente desde el 31 de junio de 2021", "note-unknown"),
        (
            "Artículo 11.-",
            "Artículo 8.- De la Estructura Orgánica.- Otra vez.\n \nArtículo 11.-",
            "article-out-of-order",
        ),
    ],
)
def test_what_would_be_lost_inside_something_else_is_an_error_at_its_line(
    printed: str, damaged: str, code: str
) -> None:
    text = PRINTED
    if printed.startswith("¶"):
        text, printed = re.sub(r"ATRIBUCIONES Y RESPONSABILIDADES:\n \na\)", "¶a)", text), printed
    assert printed in text

    found = parse(text.replace(printed, damaged, 1))

    assert code in codes(found)
    line = next(finding.line for finding in found.errors if finding.code == code)
    assert line > 1


def test_what_may_be_an_enumeration_inside_an_entry_is_said_and_read() -> None:
    found = parse(PRINTED.replace("1. Plan estratégico.", "1. Plan estratégico:\ni) nacional;\nii) provincial."))

    assert codes(found) == []
    assert [f.code for f in found.findings if f.severity == "warning"].count("mark-inside-text") == 2
    assert labels(found, "5.6", AFTER, Section.PRODUCTS) == ["1", "2", "1"]


def test_a_date_that_no_calendar_has_is_reported_and_ends_nothing() -> None:
    held = (
        "\nNOTA: Literal c) del numeral 5.5 del artículo 10 de la Resolución No. C.D. 535 de 08 de septiembre de 2016, "
        "vigente desde el 06 de mayo de 2017 hasta el 31 de noviembre de 2020.\n"
    )

    found = parse(HEAD + held + REFORM + TAIL + FOOT)

    assert codes(found) == ["note-unknown"]
    assert items(found, "5.5", AFTER)[2].text == "Asesorar a las dependencias;"
