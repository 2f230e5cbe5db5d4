"""Physical lines of the extracted text, without page furniture, each with its original number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum

from services.orgchart.importers.rof.spanish import SOFT_HYPHEN

_FURNITURE = re.compile(
    r"TEXTO HIST[ÓO]RICO|ILUSTRATIVO PARA|INVESTIGACI[ÓO]N JUR[ÍI]DICA|RESOLUCIONES COMPILADAS"
    r"|RS\. C\.D\.? ?\d+ de \d{1,2} de \w+ de \d{4}\s*[.;]?(?: y,?)?"
    r"|P[áa]gina \d+ de \d+"
)
# However the file was saved; other separators (form feeds among them) end no line of the count.
_LINE_END = re.compile(r"\r\n|\r|\n")
# What other programs leave in a text they extract or save: marks that print nothing, spaces that only look different
# (the no-break one before all), and other bullets.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES = re.compile(r"[^\S\n]+")
_BULLETS = re.compile("^[\u2022\u2023\u25aa\u25cf\u25e6\u2043\uf0a7\uf0a8\uf076\u00b7](?=\\s)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class Break(IntEnum):
    """How sure we are that a paragraph begins here.

    The extraction leaves a line holding one space between paragraphs; where a page ends, that hint can be lost.
    """

    NONE = 0
    POSSIBLE = 1
    CERTAIN = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text, stripped. `number` is 1-based in the source."""

    number: int
    text: str
    paragraph: Break = Break.NONE

    def having(self, text: str) -> Line:
        return Line(self.number, text, self.paragraph)


def read_lines(text: str) -> list[Line]:
    """The lines that say something. Filtered one by one, never by block: the furniture is often truncated."""
    kept: list[Line] = []
    gap: list[str] = []
    before_page: list[str] | None = None
    for number, raw in enumerate(_LINE_END.split(text), 1):
        stripped = _plain(raw)
        if not stripped:
            gap.append(raw)
        elif _FURNITURE.fullmatch(stripped):
            before_page = gap if before_page is None else before_page
            gap = []
        else:
            kept.append(Line(number, stripped, _break(gap, before_page) if kept else Break.CERTAIN))
            gap, before_page = [], None
    return kept


def _plain(raw: str) -> str:
    """The line as it prints: composed letters, single plain spaces, one kind of bullet.

    A soft hyphen at the end stays: it says that the word goes on in the next line.
    """
    broken = raw.rstrip().endswith(SOFT_HYPHEN)
    text = _SPACES.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", raw))).strip()
    return _BULLETS.sub("\uf0b7", text) + (SOFT_HYPHEN if broken and text else "")


def first_control_character(text: str) -> int | None:
    """The line of the first character that no text holds (NUL and its like), or None."""
    found = _CONTROL.search(text)
    return None if found is None else len(_LINE_END.findall(text, 0, found.start())) + 1


def _break(gap: list[str], before_page: list[str] | None) -> Break:
    if before_page is None:
        if any(gap):
            return Break.CERTAIN
        return Break.POSSIBLE if gap else Break.NONE
    # The furniture itself is preceded by one such line; a second one belongs to the paragraph that ended.
    return Break.CERTAIN if sum(1 for blank in before_page if blank) > 1 else Break.POSSIBLE
