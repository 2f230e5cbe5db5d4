"""What the head of a NOTA says: its kind, operations, act and dates. It knows nothing of the text it refers to."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from services.orgchart.importers.rof.model import Operation
from services.orgchart.importers.rof.notes.model import Note, NoteKind
from services.orgchart.importers.rof.notes.targets import VERB, read_target
from services.orgchart.importers.rof.spanish import DATE, fold, read_date

HELD = re.compile(rf"vigente desde el ({DATE}) hasta el ({DATE})\s*\.?", re.IGNORECASE)
EFFECTIVE = re.compile(rf"Modificaci[óo]n(?:es)? vigentes? desde el ({DATE})\s*\.?", re.IGNORECASE)
_RESOLUTION = re.compile(rf"C\.\s?D\.?\s*(\d+)(?:,? de ({DATE}))?", re.IGNORECASE)
_PROVISION = re.compile(r"\bpor\s+(?:la |el |las |los )?(.+?)\s+de la Resoluci[óo]n", re.IGNORECASE)
_OPERATION = {
    "sustituid": Operation.REPLACED,
    "reemplazad": Operation.REPLACED,
    "reformad": Operation.REPLACED,
    "modificad": Operation.REPLACED,
    "agregad": Operation.ADDED,
    "incorporad": Operation.ADDED,
    "anadid": Operation.ADDED,
    "derogad": Operation.REPEALED,
    "suprimid": Operation.REPEALED,
    "eliminad": Operation.REPEALED,
    "renumerad": Operation.RENUMBERED,
}


def interpret(note: Note) -> Note:
    """The note with its kind, target, operations, resolution, provision and dates read from the head."""
    text = note.head
    held, effective = HELD.search(text), EFFECTIVE.search(text)
    verbs = VERB.findall(fold(text))
    resolution = _last_resolution(text)
    read = replace(note, resolution=resolution[0], resolution_date=resolution[1])
    if held:
        since, until = read_date(held[1]), read_date(held[2])
        if since is None or until is None or until < since:
            return replace(read, kind=NoteKind.UNKNOWN)
        target = read_target(text[: held.start()])
        return replace(read, kind=NoteKind.HELD, target=target, effective=since, held_to=until)
    # Without a resolution, or with a date that no calendar has, nothing could be dated or answered for.
    if effective and read_date(effective[1]) and verbs and read.resolution:
        provision = _PROVISION.search(text)
        return replace(
            read,
            kind=NoteKind.CHANGE,
            target=read_target(text),
            operations=tuple(_OPERATION[verb] for verb in verbs),
            provision=provision[1] if provision else None,
            effective=read_date(effective[1]),
        )
    return replace(read, kind=_undated_kind(fold(text)), effective=read_date(text))


def _undated_kind(folded: str) -> NoteKind:
    if "en vigencia a partir del" in folded or "entrara en vigencia" in folded:
        return NoteKind.ENTRY_INTO_FORCE
    if folded.startswith(("el contenido del presente documento", "modificacion introducida con resolucion")):
        return NoteKind.BANNER
    return NoteKind.UNKNOWN


def _last_resolution(text: str) -> tuple[str | None, date | None]:
    found = list(_RESOLUTION.finditer(text))
    if not found:
        return None, None
    return f"C.D. {found[-1][1]}", read_date(found[-1][2] or "")
