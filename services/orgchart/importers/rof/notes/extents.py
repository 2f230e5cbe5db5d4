"""Where a NOTA ends, and which of its lines are its head and its reform text."""

from __future__ import annotations

import re

from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import BULLET, QUOTES
from services.orgchart.importers.rof.notes.heads import EFFECTIVE, HELD, interpret
from services.orgchart.importers.rof.notes.model import Note
from services.orgchart.importers.rof.spanish import DATE, fold, join

_OPENER = re.compile(rf"^[{QUOTES}]?\s*NOTA\s*:\s*(.*)$")
_RESOLVED = re.compile(rf"Resoluci[óo]n.*?C\.?\s?D\.?\s*\d+,? de ({DATE})\s*:", re.IGNORECASE)
_MODIFICATION = re.compile(r"Modificaci[óo]n(?:es)?\b")
_MAX_HEAD_LINES = 12


def opens_note(line: Line) -> bool:
    return _OPENER.match(line.text) is not None


def collect(lines: list[Line], start: int) -> tuple[Note, int]:
    """The NOTA that begins at `start`, interpreted, and the index of the first line after it."""
    opener = _OPENER.match(lines[start].text)
    head: list[str] = [opener[1] if opener else lines[start].text]
    index = start
    while True:
        text = join(head)
        resolved, effective = _RESOLVED.search(text), EFFECTIVE.search(text)
        # Both may stand on one long line; the reform text is then between them.
        if resolved and (effective is None or resolved.end() <= effective.start()):
            return _with_body(lines, start, index, text, resolved.end())
        if effective or HELD.search(text):
            return _interpreted(lines, start, index + 1, text, ()), index + 1
        following = lines[index + 1] if index + 1 < len(lines) else None
        if following is None or opens_note(following) or _head_is_over(text, following, index - start):
            return _interpreted(lines, start, index + 1, text, ()), index + 1
        index += 1
        head.append(following.text)


def _head_is_over(text: str, following: Line, length: int) -> bool:
    if length >= _MAX_HEAD_LINES:
        return True
    ended = text.endswith(".") and not text.endswith(("No.", "Nro.", "C.D."))
    return ended and following.paragraph is not Break.NONE and not fold(following.text).startswith("modificacion")


def _with_body(lines: list[Line], start: int, index: int, text: str, colon: int) -> tuple[Note, int]:
    head, rest = text[:colon].rstrip(" :"), text[colon:].strip()
    body: list[Line] = [Line(lines[index].number, rest, Break.CERTAIN)] if rest else []
    cursor = index
    while True:
        if body and _MODIFICATION.search(body[-1].text):
            tail, end = _effective_clause(lines, body[-1], cursor)
            if tail is not None:
                before = _MODIFICATION.split(body[-1].text)[0].strip()
                kept = [*body[:-1], body[-1].having(before)] if before else body[:-1]
                note = _interpreted(lines, start, end + 1, f"{head}. {tail}", tuple(_unquoted(kept)))
                return note, end + 1
        cursor += 1
        if cursor >= len(lines) or opens_note(lines[cursor]):
            note = _interpreted(lines, start, cursor, head, tuple(_unquoted(body)), complete=False)
            return note, cursor
        body.append(lines[cursor])


def _effective_clause(lines: list[Line], opening: Line, cursor: int) -> tuple[str | None, int]:
    """`Modificación vigente desde el …`, which may wrap over the next two lines."""
    found = _MODIFICATION.search(opening.text)
    text = opening.text[found.start() :] if found else opening.text
    for end in range(cursor, min(cursor + 3, len(lines))):
        text = text if end == cursor else join([text, lines[end].text])
        if EFFECTIVE.match(text):
            return text, end
    return None, cursor


def _unquoted(body: list[Line]) -> list[Line]:
    """The reform text without the quotes around it (they are not always balanced in print)."""
    if not body:
        return body
    first, *rest = body
    opening = re.match(rf"^({BULLET}\s*)?[{QUOTES}]\s*(.*)$", first.text)
    if opening:
        first = first.having((opening[1] or "") + opening[2])
    lines = [first, *rest]
    closing = re.match(rf"^(.*?)\s*[{QUOTES}]\s*\.?$", lines[-1].text)
    if closing:
        lines[-1] = lines[-1].having(closing[1])
    return [line for line in lines if line.text]


def _interpreted(
    lines: list[Line], start: int, end: int, text: str, body: tuple[Line, ...], complete: bool = True
) -> Note:
    numbers = tuple(line.number for line in lines[start:end])
    return interpret(Note(lines=numbers, head=text, body=body, complete=complete))
