"""What a NOTA does to the parts of a unit: literals, products, ordinals, whole sections or groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from services.orgchart.importers.rof.book import Facts, OpenItem, Unit, named_in, opened
from services.orgchart.importers.rof.content.drafts import Content, Draft
from services.orgchart.importers.rof.content.reader import ContentReader
from services.orgchart.importers.rof.marks import letter_index
from services.orgchart.importers.rof.model import Finding, Operation, Section, Severity, Source
from services.orgchart.importers.rof.notes.model import Note, Target, TargetKind
from services.orgchart.importers.rof.spanish import words

__all__ = ["Outcome", "Place", "apply_to_unit", "completed"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the unit the NOTA stands: added items join this group.

    list_goes_on: the internal management continues after the NOTA, so that an entry it adds is printed where it
    belongs, whatever its ordinal counts (6.2.4 counts the children of one head).
    """

    supergroup: str | None
    group: str | None
    list_goes_on: bool = False


@dataclass(slots=True)
class Outcome:
    """What went wrong, and how far the interrupted list has come."""

    findings: list[Finding] = field(default_factory=list)
    last_letter: str | None = None
    last_number: str | None = None


def completed(first: Facts, changed: list[tuple[date, Facts, Source]]) -> list[tuple[date, Facts, Source]]:
    """A renumbering read before the unit's own text (5.4.1 → 5.4.2) takes its other facts from it."""
    whole: list[tuple[date, Facts, Source]] = []
    previous = first
    for day, facts, source in changed:
        if source.operation is Operation.RENUMBERED:
            previous = replace(previous, numeral=facts.numeral, lines=source.lines)
        else:
            previous = facts
        whole.append((day, previous, source))
    return whole


def apply_to_unit(unit: Unit, note: Note, place: Place, names: list[str]) -> Outcome:
    """Applies a change to a literal, product, ordinal or section of the unit. The note must be dated."""
    kind = note.target.kind
    if kind is TargetKind.LITERAL:
        return _labelled(unit, note, place, Section.ATTRIBUTIONS)
    if kind is TargetKind.PRODUCT:
        return _labelled(unit, note, place, Section.PRODUCTS)
    if kind is TargetKind.ORDINAL:
        return _ordinals(unit, note, place)
    if kind is TargetKind.SECTIONS:
        return _sections(unit, note, place, names)
    return _failed(note, "note-target-unexpected", note.head)


def read_body(note: Note, section: Section | None, inline: bool) -> Content:
    return ContentReader(section, inline=inline).feed_all(list(note.body))


def _labelled(unit: Unit, note: Note, place: Place, section: Section) -> Outcome:
    outcome = Outcome()
    operations = _per_target(note, len(note.target.labels))
    content = read_body(note, section, inline=True)
    outcome.findings += content.findings
    drafts = {draft.label: draft for draft in content.items}
    for label, operation in zip(note.target.labels, operations, strict=True):
        old: OpenItem | None = None
        if operation is not Operation.ADDED:
            old = _find(unit, note.target, section, label, place)
            if old is None:
                outcome.findings += _failed(note, "note-target-missing", f"{label}: {note.head}").findings
                continue
            old.close(*_closing(note, operation))
        if operation is Operation.REPEALED:
            continue
        draft = drafts.pop(label, None)
        if draft is None:
            outcome.findings += _failed(note, "note-text-missing", f"{label}: {note.head}").findings
            continue
        item = _new(note, _item(note, draft, operation))
        _place(unit, section, item, old, place, note)
        _remember(outcome, section, label)
    for extra in drafts:
        outcome.findings += _failed(note, "note-text-unexpected", f"{extra}: {note.head}").findings
    return outcome


def _item(note: Note, draft: Draft, operation: Operation) -> OpenItem:
    return opened(draft, note.when, note.by, note.provision, operation)


def _new(note: Note, item: OpenItem) -> OpenItem:
    item.introduced_by = replace(item.introduced_by, lines=tuple(sorted({*note.lines, *item.lines})))
    return item


def _closing(note: Note, operation: Operation) -> tuple[date, Source]:
    return note.when, Source(note.by, note.provision, operation, note.lines)


def _per_target(note: Note, count: int) -> list[Operation]:
    """One operation for all, or one each (`agregado y reformado respectivamente`)."""
    if len(note.operations) == count:
        return list(note.operations)
    return [note.operations[0]] * count


def _find(unit: Unit, target: Target, section: Section, label: str, place: Place) -> OpenItem | None:
    found = [item for item in unit.open_items(section) if item.label == label]
    if target.group is not None:
        named = [item for item in found if item.group and named_in(target.group, item.group)]
        found = named or found
    here = [item for item in found if (item.supergroup, item.group) == (place.supergroup, place.group)]
    best = here or found
    return best[-1] if best else None


def _place(unit: Unit, section: Section, item: OpenItem, old: OpenItem | None, place: Place, note: Note) -> None:
    """A replacement stands where the old one stood; an addition after the last of its group."""
    if old is not None:
        item.supergroup, item.group = old.supergroup, old.group
        unit.insert_after(old, [item])
        return
    mates = [i for i in unit.items if i.section is section]
    if note.target.group is not None:
        mates = [i for i in mates if i.group and named_in(note.target.group, i.group)] or mates
    else:
        mates = [i for i in mates if (i.supergroup, i.group) == (place.supergroup, place.group)] or mates
    if mates:
        item.supergroup, item.group = mates[-1].supergroup, mates[-1].group
    unit.insert_after(mates[-1] if mates else None, [item])


def _remember(outcome: Outcome, section: Section, label: str) -> None:
    if section is Section.PRODUCTS:
        outcome.last_number = str(max(int(outcome.last_number or "0"), int(label)))
    else:
        outcome.last_letter = max(outcome.last_letter or label, label, key=letter_index)


def _ordinals(unit: Unit, note: Note, place: Place) -> Outcome:
    outcome = Outcome()
    content = read_body(note, Section.MANAGEMENT, inline=True)
    outcome.findings += content.findings
    operations = _per_target(note, len(note.target.ordinals))
    drafts = list(content.items) or _unbulleted(content)
    for ordinal, operation in zip(note.target.ordinals, operations, strict=True):
        standing = unit.open_items(Section.MANAGEMENT)
        if operation is not Operation.REPEALED and not drafts:
            outcome.findings += _failed(note, "note-text-missing", note.head).findings
            continue
        old: OpenItem | None = None
        if operation is not Operation.ADDED:
            position = len(standing) if ordinal == -1 else ordinal
            if not 0 < position <= len(standing):
                outcome.findings += _failed(note, "note-target-missing", note.head).findings
                continue
            old = standing[position - 1]
            old.close(*_closing(note, operation))
        if operation is Operation.REPEALED:
            continue
        item = _new(note, _item(note, drafts.pop(0), operation))
        if old is None and 0 < ordinal <= len(standing) and not place.list_goes_on:
            unit.items.insert(unit.items.index(standing[ordinal - 1]), item)
        else:
            unit.insert_after(old or (standing[-1] if standing else None), [item])
    return outcome


def _unbulleted(content: Content) -> list[Draft]:
    """The only entry of a reform text printed without its bullet."""
    lines = content.management_note
    if not lines:
        return []
    numbers = [line.number for line in lines]
    return [Draft(Section.MANAGEMENT, None, None, None, [line.text for line in lines], numbers)]


def _sections(unit: Unit, note: Note, place: Place, names: list[str]) -> Outcome:
    outcome = Outcome()
    target, operation = note.target, note.operations[0]
    group = None if target.group is None or _names_the_unit(target.group, names) else _without(target.group, names)
    begin = target.sections[0] if group is not None and len(target.sections) == 1 else None
    content = read_body(note, begin, inline=False) if note.body else Content()
    outcome.findings += content.findings
    added_groups = operation is Operation.ADDED
    for section in target.sections:
        drafts = content.of(section)
        if not drafts and operation is not Operation.REPEALED:
            outcome.findings += _failed(note, "note-section-not-printed", f"{section}: {note.head}").findings
            continue
        replaced = [] if added_groups else _to_replace(unit, section, group)
        if group is not None and not added_groups and not replaced:
            outcome.findings += _failed(note, "note-group-missing", f"{group}: {note.head}").findings
            continue
        for item in replaced:
            item.close(*_closing(note, operation))
        made = [_new(note, _item(note, draft, operation)) for draft in drafts]
        _adopt(made, replaced, place)
        mates = [
            i for i in unit.items if i.section is section and (i.supergroup == place.supergroup or not added_groups)
        ]
        unit.insert_after(replaced[-1] if replaced else (mates[-1] if mates else None), made)
    outcome.findings += [
        Finding(note.line, "note-section-unnamed", Severity.WARNING, f"{section}: {note.head}")
        for section in content.seen
        if section not in target.sections
    ]
    return outcome


def _adopt(made: list[OpenItem], replaced: list[OpenItem], place: Place) -> None:
    """Reform text prints the group but not the group above it."""
    supergroups = {item.supergroup for item in replaced}
    above = supergroups.pop() if len(supergroups) == 1 else (place.supergroup if not replaced else None)
    for item in made:
        item.supergroup = item.supergroup or above


def _to_replace(unit: Unit, section: Section, group: str | None) -> list[OpenItem]:
    standing = unit.open_items(section)
    if group is None:
        return standing
    return [item for item in standing if item.group and named_in(group, item.group)]


def _names_the_unit(phrase: str, names: list[str]) -> bool:
    spoken = words(phrase)
    return any(words(name) in spoken and not _without(phrase, [name]) for name in names)


def _without(phrase: str, names: list[str]) -> str:
    """The phrase less the unit's own name (`… de la Coordinación Provincial de …`)."""
    spoken = words(phrase)
    for name in sorted(map(words, names), key=len, reverse=True):
        spoken = spoken.replace(name, "")
    return " ".join(w for w in spoken.split() if w not in {"de", "la", "el", "del"} or len(spoken.split()) > 3).strip()


def _failed(note: Note, code: str, detail: str) -> Outcome:
    return Outcome(findings=[Finding(note.line, code, Severity.ERROR, detail[:300])])
