"""Which resolution the text codifies, and since when it rules."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass

from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.model import Finding, Severity
from services.orgchart.importers.rof.notes.model import NoteKind
from services.orgchart.importers.rof.spanish import DATE, read_date

_BASE = re.compile(rf"RESOLUCI[ÓO]N N[OR]+\.?\s*C\.?\s?D\.?\s*(\d+) DE ({DATE})", re.IGNORECASE)
_FORCE = re.compile(rf"vigencia a partir del ({DATE})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """The original resolution: code, its own date, and the first day it ruled (not the same)."""

    resolution: str
    date: dt.date
    in_force_from: dt.date


def find_origin(chapters: list[Chapter]) -> tuple[Origin | None, list[Finding]]:
    """Read from the banner and from the NOTA on the entry into force, checked against the other NOTAs."""
    notes = [note for chapter in chapters for note in chapter.notes()]
    base = next((found for note in notes if (found := _BASE.search(note.head))), None)
    force = next((found for note in notes if (found := _FORCE.search(note.head))), None)
    held = Counter(note.effective for note in notes if note.kind is NoteKind.HELD and note.effective)
    starts = read_date(force[1]) if force else (held.most_common(1)[0][0] if held else None)
    if base is None or starts is None:
        missing = "la resolución original" if base is None else "la fecha de vigencia"
        return None, [Finding(1, "origin-unknown", Severity.ERROR, f"no se encuentra {missing} del texto")]
    signed = read_date(base[2]) or starts
    findings = [
        Finding(note.line, "held-from-another-day", Severity.ERROR, f"{note.effective} is not {starts}")
        for note in notes
        if note.kind is NoteKind.HELD and note.resolution == f"C.D. {base[1]}" and note.effective != starts
    ]
    return Origin(f"C.D. {base[1]}", signed, starts), findings
