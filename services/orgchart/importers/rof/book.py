"""The regulation while it is being read: units, their facts and items, each opened and closed by a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from services.orgchart.importers.rof.content.drafts import Content, Draft
from services.orgchart.importers.rof.model import Item, Operation, Section, Source, UnitVersion
from services.orgchart.importers.rof.spanish import join, words

ONE_DAY = timedelta(days=1)
_HEAD = "gestion provincial "


@dataclass(slots=True)
class OpenItem:
    """An item whose end is not known yet."""

    section: Section
    supergroup: str | None
    group: str | None
    label: str | None
    text: str
    post: str | None
    lines: tuple[int, ...]
    valid_from: date
    introduced_by: Source
    valid_to: date | None = None
    closed_by: Source | None = None

    @property
    def is_open(self) -> bool:
        return self.valid_to is None

    def close(self, effective: date, source: Source) -> None:
        self.valid_to, self.closed_by = effective - ONE_DAY, source


@dataclass(frozen=True, slots=True)
class Facts:
    """What a unit is between two dates."""

    numeral: str
    name: str
    process_name: str | None
    mission: str | None
    post: str | None
    intro: str | None
    closing: str | None
    management_note: str | None
    lines: tuple[int, ...]


@dataclass(slots=True)
class Unit:
    """A unit and its history. `versions` are (from, facts, source) in any order; `ended` when repealed."""

    number: int
    versions: list[tuple[date, Facts, Source]] = field(default_factory=list)
    items: list[OpenItem] = field(default_factory=list)
    ended: tuple[date, Source] | None = None

    def facts_on(self, day: date) -> Facts | None:
        if self.ended and day >= self.ended[0]:
            return None
        begun = [(start, facts) for start, facts, _ in self.versions if start <= day]
        return max(begun, key=lambda v: v[0])[1] if begun else None

    def ever_numbered(self, numeral: str) -> bool:
        return any(facts.numeral == numeral for _, facts, _ in self.versions)

    def open_items(self, section: Section) -> list[OpenItem]:
        return [item for item in self.items if item.section is section and item.is_open]

    def insert_after(self, anchor: OpenItem | None, items: list[OpenItem]) -> None:
        index = self.items.index(anchor) + 1 if anchor is not None else len(self.items)
        self.items[index:index] = items

    def _put_under_heads(self) -> None:
        """6.2.4 prints a tree of two levels as one flat list: the entries after a head belong to it."""
        entries = [item for item in self.items if item.section is Section.MANAGEMENT]
        heads = [item for item in entries if words(item.text).startswith(_HEAD)]
        if not 1 < len(heads) < len(entries):
            return
        head: str | None = None
        for item in entries:
            if item in heads:
                head = item.text
            else:
                item.group = head

    def frozen_versions(self, process_group: str | None) -> list[UnitVersion]:
        ordered = sorted(self.versions, key=lambda v: v[0])
        ends = [start - ONE_DAY for start, _, _ in ordered[1:]]
        closers: list[Source | None] = [source for _, _, source in ordered[1:]]
        ends_and_last = [*ends, self.ended[0] - ONE_DAY if self.ended else None]
        closers.append(self.ended[1] if self.ended else None)
        return [
            UnitVersion(
                valid_from=start, valid_to=end, introduced_by=source, closed_by=closer, lines=facts.lines,
                unit=self.number, numeral=facts.numeral, name=facts.name, process_name=facts.process_name,
                mission=facts.mission, responsible_post=facts.post, attributions_intro=facts.intro,
                attributions_closing=facts.closing, management_note=facts.management_note, process_group=process_group,
            )
            for (start, facts, source), end, closer in zip(ordered, ends_and_last, closers, strict=True)
        ]  # fmt: skip

    def frozen_items(self) -> list[Item]:
        counts = dict.fromkeys(Section, 0)
        frozen: list[Item] = []
        self._put_under_heads()
        for item in self.items:
            counts[item.section] += 1
            frozen.append(
                Item(
                    valid_from=item.valid_from, valid_to=item.valid_to, introduced_by=item.introduced_by,
                    closed_by=item.closed_by, lines=item.lines, unit=self.number, section=item.section,
                    supergroup=item.supergroup, group=item.group, label=item.label,
                    position=counts[item.section], text=item.text, responsible_post=item.post,
                )
            )  # fmt: skip
        return frozen


def facts_of(numeral: str, content: Content) -> Facts:
    """The facts of a unit as its heading, mission and responsible line state them."""
    names = [join(line.text for line in heading) for heading in content.headings]
    said = [line for heading in content.headings for line in heading] + content.mission + content.post
    said += content.intro + content.closing + content.management_note
    return Facts(
        numeral=numeral,
        name=names[1] if len(names) > 1 else names[0],
        process_name=names[0] if len(names) > 1 else None,
        mission=join(line.text for line in content.mission) or None,
        post=join(line.text for line in content.post).rstrip(".") or None,
        intro=join(line.text for line in content.intro) or None,
        closing=join(line.text for line in content.closing) or None,
        management_note=join(line.text for line in content.management_note) or None,
        lines=tuple(sorted({line.number for line in said})),
    )


def opened(draft: Draft, valid_from: date, resolution: str, provision: str | None, operation: Operation) -> OpenItem:
    lines = tuple(draft.lines)
    source = Source(resolution, provision, operation, lines)
    return OpenItem(
        draft.section, draft.supergroup, draft.group, draft.label, draft.text, draft.post, lines, valid_from, source
    )


def named_in(phrase: str, group: str) -> bool:
    """True when every meaningful word of a group's title occurs in the phrase of a NOTA."""
    small = {"de", "del", "la", "las", "los", "el", "y", "e", "en"}
    spoken = set(words(phrase).split())
    meant = [word for word in words(group).split() if word not in small]
    return bool(meant) and all(word in spoken for word in meant)
