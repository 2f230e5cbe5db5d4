"""What the head of a NOTA speaks of: a literal, a product, a unit, its sections, a disposition."""

from __future__ import annotations

import re

from services.orgchart.importers.rof.model import Section
from services.orgchart.importers.rof.notes.model import Target, TargetKind
from services.orgchart.importers.rof.spanish import fold

VERB = re.compile(
    r"\b(sustituid|reemplazad|reformad|modificad|agregad|incorporad|anadid|derogad|suprimid|eliminad|renumerad)[oa]s?\b"
)
_ORDINALS = {
    "primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4, "quinto": 5, "sexto": 6,
    "septimo": 7, "octavo": 8, "noveno": 9, "decimo": 10, "undecimo": 11, "duodecimo": 12, "final": -1, "ultimo": -1,
}  # fmt: skip
_DISPOSITIONS = {
    "general": "general",
    "transitoria": "transitory",
    "reformatoria": "reforming",
    "derogatoria": "repealing",
    "final": "final",
}


def read_target(text: str) -> Target:
    """What a NOTA's head speaks of, read from the words before its verb or resolution."""
    folded = fold(text)
    verb = VERB.search(folded)
    subject = folded[: verb.start()] if verb else folded
    subject = re.split(r"\bde la resolucion\b", subject)[0].strip(" ,.")
    article = re.search(r"\barticulo (\d+)", subject)
    numerals = re.findall(r"\bnumeral (\d+(?:\.\d+)+)", subject)
    number = int(article[1]) if article else None
    numeral = numerals[-1] if numerals else None
    annex = re.match(r"anexo", subject)
    if annex:
        return Target(TargetKind.ANNEX)
    disposition = re.match(r"disposicion (\w+) (.+)$", subject)
    if disposition and disposition[1] in _DISPOSITIONS:
        return Target(
            TargetKind.DISPOSITION, labels=(disposition[2].strip(),), disposition=_DISPOSITIONS[disposition[1]]
        )
    if re.match(r"puestos? directivos?", subject):
        return Target(TargetKind.DIRECTIVE_POST, article=number)
    if re.match(r"literal(es)?\b", subject):
        letters = re.split(r"\b(?:del? )?(?:numeral|articulo)\b", subject)[0]
        return Target(
            TargetKind.LITERAL, article=number, numeral=numeral, labels=tuple(re.findall(r"\b([a-z]{1,3})\)", letters))
        )
    if re.match(r"ordinal(es)?\b", subject):
        spoken = re.findall(r"\b(\w+)\b", re.split(r"\bnumeral\b", subject)[0])
        ordinals = tuple(_ORDINALS[word] for word in spoken if word in _ORDINALS)
        return Target(TargetKind.ORDINAL, article=number, numeral=numeral, ordinals=ordinals)
    return _section_or_unit(subject, number, numeral)


def _section_or_unit(subject: str, article: int | None, numeral: str | None) -> Target:
    product = re.match(
        r"numeral(?:es)? ((?:\d+(?:, | y )?)+) +(?:de los productos|del articulo|en los productos)", subject
    )
    if product and not re.match(r"numeral \d+\.\d", subject):
        group = re.search(r"productos y servicios de (.+?),? (?:del )?numeral", subject)
        return Target(
            TargetKind.PRODUCT,
            article=article,
            numeral=numeral,
            labels=tuple(re.findall(r"\d+", product[1])),
            group=group[1] if group else None,
        )
    if re.match(r"numeral \d+(\.\d+)+", subject):
        return Target(TargetKind.UNIT, article=article, numeral=numeral)
    sections = _sections(subject)
    if sections and numeral:
        group = re.search(
            r"(?:servicios|productos|responsabilidades|internas) de (.+?),? (?:del |contemplad\w+ en el )?numeral",
            subject,
        )
        return Target(
            TargetKind.SECTIONS, article=article, numeral=numeral, sections=sections, group=group[1] if group else None
        )
    return Target(TargetKind.UNKNOWN, article=article, numeral=numeral)


def _sections(subject: str) -> tuple[Section, ...]:
    said = re.split(r"\b(?:del |en el )?numeral\b", subject)[0]
    named = {
        Section.ATTRIBUTIONS: "atribuciones",
        Section.MANAGEMENT: "gestion",
        Section.PRODUCTS: "productos",
    }
    opened = re.match(r"(atribuciones|gestion(es)? internas?|productos)", said)
    if not opened:
        return ()
    # A group may carry the word `gestión` in its name; the section is `gestiones internas` only.
    said = re.sub(r"gestion(?!(es)? internas?)", "", said)
    return tuple(section for section, word in named.items() if word in said)
