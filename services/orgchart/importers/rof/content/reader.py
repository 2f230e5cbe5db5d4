"""State machine over the lines of one unit: heading, mission, post, attributions, management, products.

It reads originals and reform texts alike. It knows nothing of dates: it turns lines into drafts, and the
caller gives them their validity.
"""

from __future__ import annotations

from collections.abc import Callable

from services.orgchart.importers.rof.content.attributions import read_attribution
from services.orgchart.importers.rof.content.drafts import Content
from services.orgchart.importers.rof.content.headings import read_heading
from services.orgchart.importers.rof.content.management import read_management
from services.orgchart.importers.rof.content.products import read_product
from services.orgchart.importers.rof.content.reading import Reading
from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.marks import Label, label, letter_index
from services.orgchart.importers.rof.model import Section


def _read_mission(reading: Reading, lines: list[Line], index: int) -> int:
    reading.content.mission.append(lines[index])
    return 1


def _read_post(reading: Reading, lines: list[Line], index: int) -> int:
    reading.content.post.append(lines[index])
    return 1


# By where the reader is: each takes the line at an index and returns how many lines it used.
_READERS: dict[Label | Section | None, Callable[[Reading, list[Line], int], int]] = {
    None: read_heading,
    Label.MISSION: _read_mission,
    Label.POST: _read_post,
    Section.ATTRIBUTIONS: read_attribution,
    Section.MANAGEMENT: read_management,
    Section.PRODUCTS: read_product,
}


class ContentReader:
    """Feeds on lines, one at a time, with a view of the lines that follow.

    section: where to begin (reform texts may begin inside a list); None begins in the heading.
    inline: the text sits inside a sentence, so a literal may stand alone at the end of its line.
    """

    def __init__(self, section: Section | None = None, inline: bool = False) -> None:
        self._reading = Reading(section, inline)

    @property
    def content(self) -> Content:
        return self._reading.content

    @property
    def group(self) -> tuple[str | None, str | None]:
        """Supergroup and group of the list at this point."""
        return self._reading.supergroup, self._reading.group

    def feed_all(self, lines: list[Line]) -> Content:
        index = 0
        while index < len(lines):
            index += self.feed(lines, index)
        return self.content

    def feed(self, lines: list[Line], index: int) -> int:
        """Takes the line at `index`; returns how many lines it used."""
        labelled = label(lines[index].text)
        if labelled:
            return self._labelled(lines[index], *labelled)
        return _READERS[self._reading.state](self._reading, lines, index)

    def resume(self, letter: str | None = None, number: str | None = None) -> None:
        """Goes on after a NOTA: what follows is no continuation of the item before it.

        letter, number: what the NOTA itself added, so that the list may go on after it.
        """
        reading = self._reading
        reading.item, reading.in_note = None, False
        if letter is not None:
            reading.last_letter = max(reading.last_letter, letter_index(letter))
        if number is not None:
            reading.last_number = max(reading.last_number, int(number))

    def _labelled(self, line: Line, found: Label, rest: str) -> int:
        if found is Label.POST and self._reading.state is Section.MANAGEMENT and self._reading.item is not None:
            self._reading.item.post_parts.append(rest)
            self._reading.item.lines.append(line.number)
            return 1
        if found is Label.MISSION or found is Label.POST:
            self._reading.state = found
            kept = self._reading.content.mission if found is Label.MISSION else self._reading.content.post
            if rest:
                kept.append(line.having(rest))
            return 1
        self._reading.begin(Section(found.value))
        return 1
