"""Art. 10: the units, read in order, with every NOTA applied where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.orgchart.importers.rof import changes, marks
from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.book import Facts, OpenItem, Unit, facts_of, opened
from services.orgchart.importers.rof.content.drafts import Content
from services.orgchart.importers.rof.content.reader import ContentReader
from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.model import (
    Finding,
    Operation,
    Severity,
    Source,
)
from services.orgchart.importers.rof.notes.model import Note, NoteKind, TargetKind
from services.orgchart.importers.rof.origin import Origin
from services.orgchart.importers.rof.spanish import is_upper

ONE_DAY = timedelta(days=1)
_TOP = re.compile(r"^\d{1,2}\.\s+procesos?\b", re.IGNORECASE)


@dataclass(slots=True)
class _Reading:
    """The unit being read: its draft content and what of it is already in the book."""

    unit: Unit
    reader: ContentReader
    numeral: str
    written: int = 0


class Article10:
    """Reads runs of lines and NOTAs into units."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.units: list[Unit] = []
        self.findings: list[Finding] = []
        self.held_notes: list[tuple[Note, Unit | None]] = []
        self._current: _Reading | None = None
        self._last_numeral: str | None = None
        self._list_goes_on = False

    # -- reading ----------------------------------------------------------------------------------------

    def read(self, chapter: Chapter) -> None:
        for part, following in zip(chapter.parts, [*chapter.parts[1:], None], strict=True):
            if isinstance(part, Note):
                self._list_goes_on = isinstance(following, list) and marks.bullet(following[0].text) is not None
                self._apply(part)
            else:
                self._run(part)
        self._finish()

    def _run(self, lines: list[Line]) -> None:
        index = 0
        while index < len(lines):
            numeral = self._unit_begins(lines, index)
            if numeral:
                index += self._begin_unit(lines, index, numeral)
            elif self._is_group_heading(lines, index):
                self._finish()
                index += 1
            elif self._current is None:
                self._report(lines[index].number, "line-outside-unit", lines[index].text)
                index += 1
            else:
                index += self._current.reader.feed(_until_heading(lines, index), 0)

    def _unit_begins(self, lines: list[Line], index: int) -> str | None:
        """The repaired numeral when a unit of Art. 10 begins here (a group heading is followed by another)."""
        found = marks.heading(lines[index].text)
        if found is None:
            return None
        numeral = marks.repaired(found.value, marks.successors(self._last_numeral))
        if numeral != found.value:
            self._report(lines[index].number, "repaired-numeral", f"{found.value} → {numeral}", Severity.INFO)
        return numeral

    def _is_group_heading(self, lines: list[Line], index: int) -> bool:
        """`3. PROCESOS SUSTANTIVOS`: a line that says so, followed at once by the heading of the unit it contains.

        The word is asked for because the last product of a list may bear the next heading's first number
        (`6. Archivo de documentación …` before `6.3.5`).
        """
        text = lines[index].text
        if not _TOP.match(text):
            return False
        if index + 1 == len(lines):
            return is_upper(text)  # A NOTA stands between the title and the first unit.
        following = marks.heading(lines[index + 1].text)
        return following is not None and following.value.split(".")[0] == text.split(".")[0]

    def _begin_unit(self, lines: list[Line], index: int, numeral: str) -> int:
        self._finish()
        self._last_numeral = numeral
        found = marks.heading(lines[index].text)
        name = found.rest if found else lines[index].text
        following = marks.heading(lines[index + 1].text) if index + 1 < len(lines) else None
        if following and following.value.startswith(f"{numeral}."):
            return 1  # A process group: it has a numeral and no organisation of its own.
        unit = Unit(len(self.units) + 1)
        self.units.append(unit)
        self._current = _Reading(unit, ContentReader(), numeral)
        self._current.reader.feed([lines[index].having(name)], 0)
        return 1

    # -- writing into the book ------------------------------------------------------------------------------

    def _finish(self) -> None:
        if self._current is None:
            return
        self._write_items()
        unit, content = self._current.unit, self._current.reader.content
        first = facts_of(self._current.numeral, content)
        source = self._original(f"Art. 10, numeral {self._current.numeral}", first.lines)
        changed = sorted(unit.versions, key=lambda v: v[0])
        unit.versions = [(self.origin.in_force_from, first, source), *changes.completed(first, changed)]
        self.findings += content.findings
        self._current = None

    def _write_items(self) -> None:
        """What was read since the last NOTA, so that the NOTA finds it."""
        if self._current is None:
            return
        drafts = self._current.reader.content.items
        for draft in drafts[self._current.written :]:
            provision = f"Art. 10, numeral {self._current.numeral}"
            item = opened(draft, self.origin.in_force_from, self.origin.resolution, provision, Operation.ORIGINAL)
            self._current.unit.items.append(item)
        self._current.written = len(drafts)

    def _original(self, provision: str, lines: tuple[int, ...]) -> Source:
        return Source(self.origin.resolution, provision, Operation.ORIGINAL, lines)

    # -- NOTAs ------------------------------------------------------------------------------------------

    def _apply(self, note: Note) -> None:
        self._write_items()
        if note.kind is NoteKind.HELD:
            self.held_notes.append((note, self._unit_named(note, note.effective)))
            return
        if note.kind is not NoteKind.CHANGE or note.target.kind is TargetKind.UNKNOWN:
            return  # Reported with all the others by the caller.
        if note.target.kind is TargetKind.UNIT:
            self._change_unit(note)
        else:
            self._change_part(note)
        if self._current is not None:
            self._current.reader.resume()

    def _unit_named(self, note: Note, day: date | None) -> Unit | None:
        """The unit a NOTA names by numeral: the one being read if it ever bore it, else by the date."""
        numeral = note.target.numeral
        if numeral is None or day is None:
            return None
        if self._current is not None and self._current.numeral == numeral:
            return self._current.unit
        on_day = [u for u in self.units if (facts := self._facts(u, day)) and facts.numeral == numeral]
        ever = [u for u in self.units if u.ever_numbered(numeral) or self._first_numeral(u) == numeral]
        found = on_day or ever
        return found[-1] if found else None

    def _facts(self, unit: Unit, day: date) -> Facts | None:
        facts = unit.facts_on(day)
        if facts is None and self._current is not None and unit is self._current.unit and not unit.ended:
            return facts_of(self._current.numeral, self._current.reader.content)
        return facts

    def _first_numeral(self, unit: Unit) -> str | None:
        if self._current is not None and unit is self._current.unit:
            return self._current.numeral
        return unit.versions[0][1].numeral if unit.versions else None

    def _change_part(self, note: Note) -> None:
        unit = self._unit_named(note, note.when - ONE_DAY)
        if unit is None:
            self._report(note.line, "note-unit-unknown", note.head)
            return
        reader = self._current.reader if self._current is not None and self._current.unit is unit else None
        group = reader.group if reader else (None, None)
        place = changes.Place(*group, list_goes_on=self._list_goes_on)
        names = self._names(unit, note.when)
        outcome = changes.apply_to_unit(unit, note, place, names)
        self.findings += outcome.findings
        if reader is not None:
            reader.resume(outcome.last_letter, outcome.last_number)

    def _names(self, unit: Unit, day: date) -> list[str]:
        facts = self._facts(unit, day - ONE_DAY)
        return [name for name in (facts.name, facts.process_name) if name] if facts else []

    def _change_unit(self, note: Note) -> None:
        source = Source(note.by, note.provision, note.operations[0], note.lines)
        holder = self._holder(note.target.numeral, note.when)
        if note.operations[0] is Operation.REPEALED:
            self._end_unit(note, holder, source)
            return
        numeral, content = self._reform_unit(note)
        if numeral is None or content is None:
            self._report(note.line, "note-without-unit", note.head)
        elif numeral != note.target.numeral:
            self._renumber(note, holder, numeral, replace(source, operation=Operation.RENUMBERED))
        elif holder is None:
            self._add_unit(note, numeral, content, source)
        else:
            self._replace_unit(note, holder, numeral, content, source)

    def _holder(self, numeral: str | None, effective: date) -> Unit | None:
        """Who bears the numeral when the change comes into force, after the changes already applied."""
        if numeral is None:
            return None
        found = [unit for unit in self.units if self._numeral_on(unit, effective) == numeral]
        return found[-1] if found else None

    def _numeral_on(self, unit: Unit, day: date) -> str | None:
        if unit.ended and day >= unit.ended[0]:
            return None
        moved = [(start, facts.numeral) for start, facts, _ in unit.versions if start <= day]
        return max(moved)[1] if moved else self._first_numeral(unit)

    def _reform_unit(self, note: Note) -> tuple[str | None, Content | None]:
        if not note.body:
            return None, None
        first, *rest = note.body
        found = marks.heading(first.text)
        if found is None:
            return None, None
        numeral = marks.repaired(found.value, {note.target.numeral or ""})
        reader = ContentReader()
        return numeral, reader.feed_all([first.having(found.rest), *rest])

    def _renumber(self, note: Note, holder: Unit | None, numeral: str, source: Source) -> None:
        if holder is None:
            self._report(note.line, "note-unit-unknown", note.head)
            return
        base = holder.facts_on(note.when) or Facts(numeral, "", None, None, None, None, None, None, ())
        holder.versions.append((note.when, replace(base, numeral=numeral), source))

    def _add_unit(self, note: Note, numeral: str, content: Content, source: Source) -> None:
        self._finish()
        unit = Unit(len(self.units) + 1)
        unit.versions = [(note.when, facts_of(numeral, content), source)]
        unit.items = self._reformed(note, content, source)
        self.units.append(unit)
        self.findings += content.findings
        self._last_numeral = numeral

    def _replace_unit(self, note: Note, holder: Unit, numeral: str, content: Content, source: Source) -> None:
        for item in holder.items:
            if item.is_open:
                item.close(note.when, source)
        holder.versions.append((note.when, facts_of(numeral, content), source))
        holder.items += self._reformed(note, content, source)
        self.findings += content.findings

    def _reformed(self, note: Note, content: Content, source: Source) -> list[OpenItem]:
        return [opened(draft, note.when, note.by, note.provision, source.operation) for draft in content.items]

    def _end_unit(self, note: Note, holder: Unit | None, source: Source) -> None:
        unit = holder or self._unit_named(note, note.when - ONE_DAY)
        if unit is None:
            self._report(note.line, "note-unit-unknown", note.head)
            return
        unit.ended = (note.when, source)
        for item in unit.items:
            if item.is_open:
                item.close(note.when, source)

    def _report(self, line: int, code: str, detail: str, severity: Severity = Severity.ERROR) -> None:
        self.findings.append(Finding(line, code, severity, detail))


def _until_heading(lines: list[Line], index: int) -> list[Line]:
    """The run from `index` up to the next unit heading: what the reader may look ahead at."""
    end = index + 1
    while end < len(lines) and marks.heading(lines[end].text) is None:
        end += 1
    return lines[index:end]
