"""Which cells belong to a dependencia: by the tree as it stood, or by today's through succession.

Source: design/domain.md §2. Measurements stay with the dependencia that reported them. A roll-up *as reported* adds
a cell to whoever its dependencia hung from when the cell's period ended; one *by today's structure* adds it to whoever
took over from its dependencia, by the share the reorganisation gave them. A dependencia that ended without successor
stays where it last was.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from services.indicators.domain.arithmetic import product, total

WHOLE = Decimal(1)
_ONE_DAY = timedelta(days=1)
EVER = date(1, 1, 1), date(9999, 12, 31)


class Structure(StrEnum):
    """By which tree a roll-up is told."""

    AS_REPORTED = "as_reported"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dependencia hung, and its name, from a day on; valid_to inclusive, None when it has no end."""

    unit: int
    code: str
    name: str
    parent: int | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Succession:
    """`successor` took over `share` (0–1] of `predecessor` on a day."""

    predecessor: int
    successor: int
    effective_on: date
    share: Decimal


@dataclass(frozen=True, slots=True)
class Member:
    """Cells of `unit` whose period ends in [first, last] count with `share`, through `heir`.

    heir: the child of the root they come through (None for the root's own), or the dependencia they belong to today.
    """

    unit: int
    first: date
    last: date
    share: Decimal
    heir: int | None


class Organisation:
    """The dependencias as they are known, at any day up to `today`."""

    def __init__(self, places: Iterable[Place], successions: Iterable[Succession], today: date) -> None:
        self.today = today
        self._places: dict[int, list[Place]] = defaultdict(list)
        for place in sorted(places, key=lambda p: (p.unit, p.valid_from)):
            self._places[place.unit].append(place)
        self._starts = {unit: [p.valid_from for p in places] for unit, places in self._places.items()}
        self._handed_over: dict[int, dict[date, list[Succession]]] = defaultdict(lambda: defaultdict(list))
        for succession in sorted(successions, key=lambda s: (s.predecessor, s.effective_on, s.successor)):
            if succession.effective_on <= today and succession.successor in self._places:
                self._handed_over[succession.predecessor][succession.effective_on].append(succession)

    def knows(self, unit: int) -> bool:
        """True when the dependencia is known at all."""
        return unit in self._places

    def place_on(self, unit: int, day: date) -> Place:
        """The place in force on a day; before the first the first, after the end the last."""
        return self._places[unit][max(0, bisect_right(self._starts[unit], day) - 1)]

    def lives_in(self, unit: int, first: date, last: date) -> bool:
        """True when the dependencia exists on some day of a stretch."""
        places = self._places[unit]
        return places[0].valid_from <= last and (places[-1].valid_to is None or places[-1].valid_to >= first)

    def members_as_reported(self, root: int, first: date, last: date) -> list[Member]:
        """Who was below the root on each day of [first, last]; days to come are told by today's tree."""
        stretches: dict[tuple[int, int | None], list[tuple[date, date]]] = defaultdict(list)
        for begins, ends in self._stretches(first, last):
            for unit, child in self._below(root, begins):
                known = stretches[unit, child]
                if known and known[-1][1] + _ONE_DAY == begins:
                    known[-1] = (known[-1][0], ends)
                else:
                    known.append((begins, ends))
        return [
            Member(unit, begins, ends, WHOLE, child)
            for (unit, child), found in stretches.items()
            for begins, ends in found
        ]

    def members_today(self, root: int) -> list[Member]:
        """Whose cells belong below the root today, and by which child of it they come."""
        reached: dict[int, dict[int | None, Decimal]] = {}
        members: list[Member] = []
        for unit in self._places:
            for begins, ends, heirs in self._eras(unit):
                shares: dict[int | None, Decimal] = defaultdict(Decimal)
                for heir, share in heirs.items():
                    for child, part in self._reaches(heir, root, reached).items():
                        shares[child] = total([shares[child], product(share, part)])
                members += [Member(unit, begins, ends, share.normalize(), child) for child, share in shares.items()]
        return members

    def heirs_today(self, root: int) -> list[Member]:
        """The same, told by the dependencia of today that each cell belongs to."""
        reached: dict[int, dict[int | None, Decimal]] = {}
        return [
            Member(unit, begins, ends, share.normalize(), heir)
            for unit in self._places
            for begins, ends, heirs in self._eras(unit)
            for heir, share in heirs.items()
            if self._reaches(heir, root, reached)
        ]

    # -- the tree of a day --------------------------------------------------------------------------------------

    def _stretches(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """[first, last] cut where somebody moved; what lies ahead is not cut."""
        moves = {
            later.valid_from
            for places in self._places.values()
            for earlier, later in pairwise(places)
            if earlier.parent != later.parent and first < later.valid_from <= min(last, self.today)
        }
        cuts = [first, *sorted(moves)]
        for begins, following in zip(cuts, [*cuts[1:], None], strict=True):
            yield begins, last if following is None else following - _ONE_DAY

    def _below(self, root: int, day: date) -> Iterator[tuple[int, int | None]]:
        """The root and everything below it on a day, each with the root's child it hangs from."""
        children: dict[int, list[int]] = defaultdict(list)
        for unit in self._places:
            parent = self.place_on(unit, min(day, self.today)).parent
            if parent is not None:
                children[parent].append(unit)
        yield root, None
        pending = [(child, child) for child in children[root]]
        while pending:
            unit, child = pending.pop()
            yield unit, child
            pending += [(below, child) for below in children[unit]]

    # -- succession ---------------------------------------------------------------------------------------------

    def _eras(self, unit: int) -> Iterator[tuple[date, date, Mapping[int, Decimal]]]:
        """Stretches of a dependencia's life, and to whom what it reported in them belongs today."""
        cuts = sorted(self._handed_over.get(unit, ()))
        if not cuts:
            yield *EVER, {unit: WHOLE}
            return
        # What ended reports nothing new: all that it ever reported went over with its last day.
        if not self._lives(unit):
            cuts.pop()
        for begins, following in zip([EVER[0], *cuts], [*cuts, None], strict=True):
            heirs = self._heirs(unit, begins, same_day=False, seen=frozenset())
            yield begins, EVER[1] if following is None else following - _ONE_DAY, heirs

    def _heirs(
        self, unit: int, since: date, *, same_day: bool, seen: frozenset[tuple[int, date]]
    ) -> Mapping[int, Decimal]:
        """Who has today what `unit` had from `since` on. same_day: what it handed over on that very day counts too."""
        dates = [day for day in self._handed_over.get(unit, ()) if day > since or (same_day and day == since)]
        if not dates or (unit, dates[0]) in seen:
            return {unit: WHOLE}
        day = min(dates)
        shares: dict[int, Decimal] = defaultdict(Decimal)
        for succession in self._handed_over[unit][day]:
            # Who took over and ended in one act handed on at once; who still lives kept what it was given that day.
            ended = not self._lives(succession.successor)
            further = self._heirs(succession.successor, day, same_day=ended, seen=seen | {(unit, day)})
            for heir, part in further.items():
                shares[heir] = total([shares[heir], product(succession.share, part)])
        return shares

    def _reaches(
        self, unit: int, root: int, reached: dict[int, dict[int | None, Decimal]]
    ) -> Mapping[int | None, Decimal]:
        """By which children of the root a dependencia of today hangs from it, and how much of it by each."""
        if unit == root:
            return {None: WHOLE}
        if unit in reached:
            return reached[unit]
        reached[unit] = {}
        parent = self.place_on(unit, self.today).parent
        above = {} if parent is None or parent not in self._places else self._stand_ins(parent, unit)
        shares: dict[int | None, Decimal] = defaultdict(Decimal)
        for heir, share in above.items():
            if heir == root:
                shares[unit] = total([shares[unit], share])
                continue
            for child, part in self._reaches(heir, root, reached).items():
                shares[child] = total([shares[child], product(share, part)])
        reached[unit] = dict(shares)
        return reached[unit]

    def _stand_ins(self, parent: int, child: int) -> Mapping[int, Decimal]:
        """Who stands for a parent today: itself, or who took over when it ended and its child had ended already."""
        if self._lives(parent):
            return {parent: WHOLE}
        ends = [unit[-1].valid_to or self.today for unit in (self._places[child], self._places[parent])]
        return self._heirs(parent, min(ends), same_day=False, seen=frozenset())

    def _lives(self, unit: int) -> bool:
        return self.lives_in(unit, self.today, self.today)


def is_plain(members: Sequence[Member]) -> bool:
    """True when every dependencia counts whole and through one child: then children need no reckoning of their own."""
    return len({member.unit for member in members}) == len(members) and all(m.share == WHOLE for m in members)


def joined(members: Sequence[Member]) -> list[Member]:
    """The same members for the root as a whole: shares of one stretch added up over the children they come through."""
    shares: dict[tuple[int, date, date], Decimal] = defaultdict(Decimal)
    for member in members:
        key = (member.unit, member.first, member.last)
        shares[key] = total([shares[key], member.share])
    return [Member(unit, first, last, share.normalize(), None) for (unit, first, last), share in shares.items()]
