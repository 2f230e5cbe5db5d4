"""What changed between two readings of a list of the regulation, by text and not by version.

A literal that a wholesale substitution reprints is no change. Lists are compared by group and letter (or number);
entries without one, by text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from services.kit.folding import fold

_WORDS = re.compile(r"[a-z0-9]+")
_OCR_LIKENESS = 0.97


@dataclass(frozen=True, slots=True)
class Entry:
    """A literal, product or entry of the internal management on one day."""

    supergroup: str | None
    group: str | None
    label: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. before or after is None for an addition or a removal.

    moved: label under which the same text stands on the other day, when it only changed its letter or number.
    ocr_suspected: both texts have as many words and hardly differ: probably the same text, scanned twice.
    """

    before: Entry | None
    after: Entry | None
    moved: str | None = None
    ocr_suspected: bool = False


@dataclass(frozen=True, slots=True)
class ListDiff:
    added: tuple[Change, ...] = ()
    removed: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


@dataclass(slots=True)
class _Side:
    """Entries of one day: by key (first wins, so that a printed duplicate letter is not lost) and the rest."""

    keyed: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    labels_by_text: dict[str, str | None] = field(default_factory=dict)


def text_key(text: str) -> str:
    """What two readings of one text share: its words, without case, accents or punctuation."""
    return " ".join(_WORDS.findall(fold(text)))


def compare(before: Sequence[Entry], after: Sequence[Entry]) -> ListDiff:
    """Differences from `before` to `after`, in the order of the lists."""
    old, new = _side(before), _side(after)
    removed = [
        Change(entry, None, moved=_moved(entry, new)) for key, entry in old.keyed.items() if key not in new.keyed
    ]
    added = [Change(None, entry, moved=_moved(entry, old)) for key, entry in new.keyed.items() if key not in old.keyed]
    changed = [
        Change(old.keyed[key], entry, moved=_moved(old.keyed[key], new), ocr_suspected=_alike(old.keyed[key], entry))
        for key, entry in new.keyed.items()
        if key in old.keyed and text_key(old.keyed[key].text) != text_key(entry.text)
    ]
    return ListDiff(tuple(added), tuple(removed), tuple(changed))


def _side(entries: Sequence[Entry]) -> _Side:
    side = _Side()
    for entry in entries:
        key = _key(entry)
        repeated = 2
        while key in side.keyed:
            key = (*_key(entry)[:2], f"{_key(entry)[2]}#{repeated}")
            repeated += 1
        side.keyed[key] = entry
        side.labels_by_text.setdefault(text_key(entry.text), entry.label)
    return side


def _key(entry: Entry) -> tuple[str, str, str]:
    label = entry.label if entry.label is not None else text_key(entry.text)
    return (text_key(entry.supergroup or ""), text_key(entry.group or ""), label)


def _moved(entry: Entry, other: _Side) -> str | None:
    label = other.labels_by_text.get(text_key(entry.text))
    return label if label != entry.label else None


def _alike(before: Entry, after: Entry) -> bool:
    one, two = text_key(before.text), text_key(after.text)
    if len(one.split()) != len(two.split()):
        return False
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= _OCR_LIKENESS
