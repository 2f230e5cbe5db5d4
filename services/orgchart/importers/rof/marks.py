"""Marks at the beginning of a line: numerals, labels, literals, product numbers, bullets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.orgchart.importers.rof.spanish import fold, is_upper

QUOTES = '“”"«»'
BULLET = "\uf0b7"

_NUMERAL = re.compile(rf"^[{QUOTES}]?\s*(\d+(?:\s?\.\s?\d+| \d+(?=\.))+)\.?\s+(\S.*)$")
_LITERAL = re.compile(rf"^[{QUOTES}]?\s*([a-z]{{1,3}})\)\s*(.*)$")
_NUMBER = re.compile(rf"^[{QUOTES}]?\s*(\d{{1,3}})[.)](?:\s+(.*))?$")
_BULLET = re.compile(rf"^{BULLET}\s*[{QUOTES}]?\s*(.*)$")
_POST = re.compile(r"^(RESPONSABLES?|Responsables?)\s*[:;]\s*(.+)$")
_MISSION = re.compile(r"^MISI[ÓO]N\s*:?\s*(.*)$|^Misi[óo]n\s*:\s*(.*)$")


class Label(StrEnum):
    """The headed parts of a unit."""

    MISSION = "mission"
    POST = "post"
    ATTRIBUTIONS = "attributions"
    PRODUCTS = "products"
    MANAGEMENT = "internal_management"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line begins with, and the rest of the line."""

    value: str
    rest: str


def numeral(text: str) -> Mark | None:
    """A dotted numeral with a heading after it, as printed (`3.1 3.4.2`, `4.1.`); the caller repairs it."""
    found = _NUMERAL.match(text)
    return Mark(re.sub(r"[\s.]+", ".", found[1]), found[2].strip()) if found else None


def heading(text: str) -> Mark | None:
    """A numeral followed by a heading in capitals, as in Art. 10."""
    found = numeral(text)
    return found if found and is_upper(found.rest) else None


def literal(text: str) -> Mark | None:
    found = _LITERAL.match(text)
    # Letters run a..z, aa..zz, aaa: a word such as `as)` is not a literal.
    return Mark(found[1], found[2].strip()) if found and len(set(found[1])) == 1 else None


def number(text: str) -> Mark | None:
    found = _NUMBER.match(text)
    return Mark(found[1], (found[2] or "").strip()) if found else None


def bullet(text: str) -> Mark | None:
    found = _BULLET.match(text)
    return Mark(BULLET, found[1].strip()) if found else None


def label(text: str) -> tuple[Label, str] | None:
    """A section label and what follows it on the line. Only whole lines count, so sentences cannot mislead."""
    bare = text.strip(QUOTES + " ")
    post = _POST.match(bare)
    if post:
        return Label.POST, post[2].strip()
    mission = _MISSION.match(bare)
    if mission:
        return Label.MISSION, (mission[1] or mission[2] or "").strip()
    # A sentence may wrap so that its last line reads like a label (6.1: `… las siguientes` / `atribuciones y …`).
    if not bare[:1].isupper():
        return None
    key = fold(bare).rstrip(" :;.")
    if key == "atribuciones y responsabilidades":
        return Label.ATTRIBUTIONS, ""
    if key in {"productos y servicios", "productos"}:
        return Label.PRODUCTS, ""
    if key in {"gestion interna", "gestiones internas", "procedimientos internos", "procesos internos"}:
        return Label.MANAGEMENT, ""
    return None


def letter_index(letter: str) -> int:
    """a=1 … z=26, aa=27 … : the English alphabet, doubled letters after it, no ñ and no digraphs."""
    return (len(letter) - 1) * 26 + ord(letter[0]) - ord("a") + 1


def repaired(printed: str, expected: set[str]) -> str:
    """The numeral meant by a broken one: the expected successor made of the same digits, else as printed."""
    if printed in expected:
        return printed
    digits = printed.replace(".", "")
    same = sorted(e for e in expected if e.replace(".", "") == digits)
    return same[0] if len(same) == 1 else printed


def successors(previous: str | None) -> set[str]:
    """Numerals that may lawfully follow: first child, next sibling, next sibling of any ancestor."""
    if previous is None:
        return {"1", "1.1", "1.1.1"}
    parts = previous.split(".")
    found = {f"{previous}.1"}
    for depth in range(len(parts), 0, -1):
        found.add(".".join([*parts[: depth - 1], str(int(parts[depth - 1]) + 1)]))
    # A section may open below the level its number suggests (`2.1` after `1.2`, `1.1.1` without `1.1`).
    found |= {f"{n}.1" for n in list(found)}
    return found
