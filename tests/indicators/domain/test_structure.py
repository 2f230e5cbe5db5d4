"""Laws of succession: nothing that was reported is lost, nothing counts twice, whatever was done to the tree."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.indicators.domain.structure import Organisation, Place, Succession, is_plain, joined

ROOT, BEGAN, TODAY = 0, date(2017, 5, 6), date(2020, 1, 1)
ONE = Decimal(1)


class World:
    """Units under a root, changed by dated operations; units 1 to 6 exist from the beginning."""

    def __init__(self) -> None:
        self.places = {unit: [Place(unit, f"U{unit}", f"U{unit}", None if unit == ROOT else ROOT, BEGAN, None)]
                       for unit in range(7)}  # fmt: skip
        self.successions: list[Succession] = []

    def living(self) -> list[int]:
        return [unit for unit, places in self.places.items() if places[-1].valid_to is None]

    def below(self, unit: int) -> set[int]:
        found = {unit}
        while more := {u for u in self.living() if self.places[u][-1].parent in found} - found:
            found |= more
        return found

    def _close(self, unit: int, day: date) -> Place:
        last = self.places[unit][-1]
        ended = Place(unit, last.code, last.name, last.parent, last.valid_from, day - timedelta(days=1))
        self.places[unit][-1] = ended
        return ended

    def move(self, unit: int, parent: int, day: date) -> None:
        if parent not in self.below(unit):
            last = self._close(unit, day)
            self.places[unit].append(Place(unit, last.code, last.name, parent, day, None))

    def end(self, unit: int, heirs: dict[int, Decimal], day: date) -> None:
        stay = next(iter(heirs), self.places[unit][-1].parent)
        if stay is None or stay in self.below(unit):
            return
        for child in [u for u in self.living() if self.places[u][-1].parent == unit]:
            self.move(child, stay, day)
        self._close(unit, day)
        self.successions += [Succession(unit, heir, day, share) for heir, share in heirs.items()]

    def share_out(self, unit: int, heir: int, share: Decimal, day: date) -> None:
        """The unit lives on with what is left."""
        self.successions += [Succession(unit, unit, day, ONE - share), Succession(unit, heir, day, share)]

    def organisation(self, today: date = TODAY) -> Organisation:
        return Organisation([p for places in self.places.values() for p in places], self.successions, today)


operations = st.lists(
    st.tuples(
        st.sampled_from(["move", "merge", "split", "dissolve", "share"]),
        st.integers(1, 6),
        st.integers(1, 6),
        st.integers(1, 6),
        st.sampled_from(["0.25", "0.5", "0.1", "0.75"]),
    ),
    max_size=8,
)


def changed(steps: list[Any]) -> World:
    world = World()
    for number, (what, unit, other, third, text) in enumerate(steps):
        day, share = BEGAN + timedelta(days=100 * (number + 1)), Decimal(text)
        alive = world.living()
        if unit not in alive or other not in alive or third not in alive or len({unit, other, third}) < 3:
            continue
        if what == "move":
            world.move(unit, other, day)
        elif what == "merge":
            world.end(unit, {other: ONE}, day)
        elif what == "split":
            world.end(unit, {other: share, third: ONE - share}, day)
        elif what == "dissolve":
            world.end(unit, {}, day)
        else:
            world.share_out(unit, other, share, day)
    return world


@settings(max_examples=300, deadline=None)
@given(steps=operations, days=st.integers(0, 900))
def test_every_cell_counts_once_at_the_root_by_either_tree(steps: list[Any], days: int) -> None:
    organisation, day = changed(steps).organisation(), BEGAN + timedelta(days=days)

    for members in (organisation.members_as_reported(ROOT, day, day), organisation.members_today(ROOT)):
        shares: dict[int, Decimal] = defaultdict(Decimal)
        for member in members:
            if member.first <= day <= member.last:
                shares[member.unit] += member.share
        assert shares == dict.fromkeys(range(7), ONE)


@settings(max_examples=300, deadline=None)
@given(steps=operations, days=st.integers(0, 900))
@example(steps=[("move", 1, 4, 2, "0.25"), ("dissolve", 1, 2, 3, "0.25"), ("split", 4, 2, 3, "0.25")], days=0)
def test_a_parent_is_itself_and_its_children_and_no_more(steps: list[Any], days: int) -> None:
    organisation, day = changed(steps).organisation(), BEGAN + timedelta(days=days)

    for root in range(7):
        by_child: dict[tuple[int, int], Decimal] = {}
        own: dict[int, Decimal] = defaultdict(Decimal)
        for member in organisation.members_today(root):
            if member.first <= day <= member.last:
                if member.heir is None:
                    own[member.unit] += member.share
                else:
                    by_child[member.unit, member.heir] = member.share
        for (unit, child), share in by_child.items():
            whole = joined(organisation.members_today(child))
            inside = sum((m.share for m in whole if m.unit == unit and m.first <= day <= m.last), Decimal(0))
            # What ended without successor hangs from all who took over from its parent, from each of them in part.
            ended = not organisation.lives_in(child, TODAY, TODAY)
            assert share <= inside if ended else share == inside, (root, child, unit)


@settings(max_examples=200, deadline=None)
@given(steps=operations)
def test_what_is_done_tomorrow_changes_nothing_today(steps: list[Any]) -> None:
    world = changed(steps)
    before = world.organisation(BEGAN)

    assert is_plain(before.members_today(ROOT))
    assert {(m.unit, m.share) for m in before.members_today(ROOT)} == {(unit, ONE) for unit in range(7)}


def test_who_lives_on_after_a_split_keeps_what_comes_later() -> None:
    world = World()
    day = date(2019, 7, 1)
    world.share_out(1, 2, Decimal("0.4"), day)
    organisation = world.organisation()

    def share_of_two(when: date) -> Decimal:
        return sum((m.share for m in organisation.members_today(2) if m.unit == 1 and m.first <= when <= m.last),
                   Decimal(0))  # fmt: skip

    assert (share_of_two(date(2019, 6, 30)), share_of_two(date(2019, 7, 31))) == (Decimal("0.4"), Decimal(0))


def test_who_takes_over_and_ends_in_one_act_hands_on_at_once() -> None:
    world, day = World(), date(2019, 7, 1)
    world.end(1, {2: ONE}, day)
    world.end(2, {3: Decimal("0.3"), 4: Decimal("0.7")}, day)
    organisation = world.organisation()

    found = {root: [m.share for m in organisation.members_today(root) if m.unit == 1] for root in (2, 3, 4)}

    assert found == {2: [], 3: [Decimal("0.3")], 4: [Decimal("0.7")]}


def test_a_dead_child_of_a_merged_parent_goes_where_the_parent_went() -> None:
    world = World()
    world.move(5, 1, date(2018, 1, 1))
    world.end(5, {}, date(2018, 6, 1))
    world.end(1, {2: ONE}, date(2019, 7, 1))

    members = [m for m in world.organisation().members_today(2) if m.unit == 5]

    assert [(m.share, m.heir) for m in members] == [(ONE, 5)]
