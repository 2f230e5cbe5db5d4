"""Laws of reorganisations, on small organisations made by hypothesis. No database."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orgchart.domain.organisation import Organisation, Unit, violations
from services.orgchart.domain.reorganisation import (
    ChangeLevel,
    Create,
    Dissolve,
    Merge,
    Move,
    Operation,
    Rename,
    Renumber,
    Split,
    Successor,
)
from tests.orgchart.small import HALF, START, act, do, refused, small, unit

CODES = ["IESS", "A", "B", "C", "D", "E", "N1", "N2"]


known = st.sampled_from(CODES)
halves = st.builds(Successor, known, st.just(Decimal("0.5")))
operations = st.one_of(
    st.builds(Rename, known, st.sampled_from(["Uno", "Dos", "Tres"])),
    st.builds(Move, known, known, st.one_of(st.none(), known)),
    st.builds(Renumber, known, st.sampled_from(["9.1", "9.2", None])),
    st.builds(Create, st.sampled_from(["N1", "N2"]), st.just("Nueva"), st.just("directorate"), known),
    st.builds(Merge, st.lists(known, min_size=1, max_size=3).map(tuple), known),
    st.builds(
        Split,
        known,
        st.lists(known, min_size=2, max_size=2).map(lambda two: tuple(Successor(c, Decimal("0.5")) for c in two)),
    ),
    st.builds(Dissolve, known, st.lists(known, max_size=1).map(lambda one: tuple(Successor(c) for c in one))),
)


@settings(max_examples=300)
@given(st.lists(st.lists(operations, min_size=1, max_size=3), max_size=5))
def test_any_sequence_of_accepted_reorganisations_keeps_the_laws(acts: list[list[Operation]]) -> None:
    organisation: Organisation = small()
    for year, wanted in enumerate(acts, 2020):
        outcome = do(organisation, *wanted, year=year)
        if outcome.refusals:
            continue
        organisation = outcome.organisation

        assert violations(organisation) == []
        day = act(year).effective
        assert [s for s in outcome.successions if organisation[s.successor].on(day) is None] == []
        assert len({(s.predecessor, s.successor) for s in outcome.successions}) == len(outcome.successions)


@settings(max_examples=200)
@given(st.lists(operations, min_size=1, max_size=4))
def test_nothing_before_the_date_changes(wanted: list[Operation]) -> None:
    before = small()
    outcome = do(before, *wanted)
    if outcome.refusals:
        return

    for day in (START, act().effective - timedelta(days=1)):
        for code, one in before.items():
            then, now = one.on(day), outcome.organisation[code].on(day)
            assert then is not None
            assert now is not None
            assert (then.name, then.parent, then.numeral) == (now.name, now.parent, now.numeral)


@settings(max_examples=200)
@given(st.lists(operations, min_size=1, max_size=4))
def test_only_touched_units_differ(wanted: list[Operation]) -> None:
    before = small()
    outcome = do(before, *wanted)
    if outcome.refusals:
        return

    changed = {code for code, one in outcome.organisation.items() if before.get(code) != one}
    assert changed == set(outcome.touched)


def test_a_merge_ends_the_sources_and_takes_their_children() -> None:
    outcome = do(small(), Merge(("B", "E"), "E"))

    assert outcome.refusals == ()
    assert outcome.organisation["B"].on(date(2020, 1, 1)) is None
    child = outcome.organisation["C"].on(date(2020, 1, 1))
    assert child is not None
    assert child.parent == "E"
    assert [(s.predecessor, s.successor, s.share) for s in outcome.successions] == [("B", "E", Decimal(1))]


def test_a_unit_may_be_merged_into_one_created_in_the_same_act() -> None:
    outcome = do(small(), Create("N1", "Nueva", "directorate", "IESS"), Merge(("A", "D"), "N1"))

    assert outcome.refusals == ()
    assert {s.predecessor for s in outcome.successions} == {"A", "D"}
    moved = [outcome.organisation[code].on(date(2020, 1, 1)) for code in ("B", "E")]
    assert [version.parent for version in moved if version] == ["N1", "N1"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([Move("A", "C")], "cycle"),
        ([Move("IESS", "A")], "root"),
        ([Dissolve("IESS")], "root"),
        ([Dissolve("A")], "orphaned-child"),
        ([Rename("Z", "Otra")], "unknown-dependencia"),
        ([Create("A", "Otra", "directorate", "IESS")], "code-taken"),
        ([Merge(("A",), "A")], "too-few-units"),
        ([Split("E", (Successor("C", Decimal("0.6")), Successor("D", Decimal("0.6"))))], "shares"),
        ([Dissolve("E", (Successor("E"),))], "own-successor"),
        ([Dissolve("E"), Rename("E", "Otra")], "already-ended"),
        ([Create("N1", "Nueva", "directorate", "A", technical_parent="A")], "same-parent-twice"),
        ([Rename("A", "Unidad A")], "nothing-changes"),
        ([Merge(("A", "B"), "B")], "merge-into-child"),
        ([Move("E", "D", technical_parent="E")], "cycle"),
        # Who takes over from another in this act cannot end in it, itself included.
        ([Merge(("C",), "E"), Merge(("E",), "A")], "successor-ends"),
        (
            [Split("C", (Successor("E", HALF), Successor("A", HALF))), Dissolve("E", (Successor("D"),))],
            "successor-ends",
        ),
        (
            [Split("E", (Successor("E", HALF), Successor("C", HALF))), Dissolve("E", (Successor("C"),))],
            "successor-ends",
        ),
        ([Split("E", (Successor("E", HALF), Successor("C", HALF)))] * 2, "split-twice"),
        ([Renumber("E", "9.1"), Renumber("C", "9.1")], "numeral-taken"),
        ([Create("N1", "Nueva", "directorate", "IESS", "9.1"), Renumber("C", "9.1")], "numeral-taken"),
    ],
)
def test_what_breaks_the_organisation_is_refused(wanted: list[Operation], code: str) -> None:
    assert code in refused(do(small(), *wanted))


def test_a_numeral_passes_from_one_unit_to_another_on_the_same_day() -> None:
    organisation = do(small(), Renumber("E", "9.1"), Renumber("C", "9.2")).organisation

    swapped = do(organisation, Renumber("E", "9.2"), Renumber("C", "9.1"), year=2021)
    ended = do(organisation, Dissolve("E"), Renumber("C", "9.1"), year=2021)

    assert swapped.refusals == () == ended.refusals


def test_a_unit_with_open_items_does_not_end_without_a_successor() -> None:
    assert refused(do(small(), Dissolve("E"), open_items="E")) == ["open-items-without-successor"]
    assert refused(do(small(), Dissolve("E", (Successor("D"),)), open_items="E")) == []


def test_a_date_before_the_last_change_is_refused() -> None:
    organisation = do(small(), Rename("A", "Otra"), year=2021).organisation

    assert refused(do(organisation, Rename("A", "Una más"), year=2020)) == ["effective-before-last-change"]


def test_a_code_is_never_reused() -> None:
    organisation = do(small(), Dissolve("E")).organisation

    assert refused(do(organisation, Create("E", "Otra", "directorate", "IESS"), year=2022)) == ["code-taken"]


def province(number: int, name: str, level: int, units: dict[str, tuple[str, str]]) -> list[Unit]:
    code = f"DP-{name.upper()}"
    made = [
        unit(number, code, "IESS", kind="provincial_directorate", numeral="6.1", province=name, management_level=level)
    ]
    for offset, (suffix, (numeral, kind)) in enumerate(units.items(), 1):
        titled = f"{kind} {suffix} - {name}"
        made.append(
            unit(
                number + offset, f"{code}-{suffix}", code, kind=kind, numeral=numeral, province=name,
                management_level=level, name=titled,
            )
        )  # fmt: skip
    return made


def test_a_province_that_changes_level_takes_the_shape_of_its_new_level() -> None:
    two = province(
        10, "Azuay", 2, {"ACT": ("6.2.2", "provincial_coordination"), "CPC": ("6.3.1", "provincial_commission")}
    )
    one = province(20, "Napo", 1, {"ACT": ("6.2.2", "provincial_unit")})
    organisation = small() | {u.code: u for u in [*two, *one]}

    up = do(organisation, ChangeLevel("DP-NAPO", 2))
    down = do(organisation, ChangeLevel("DP-AZUAY", 1))

    assert up.refusals == () == down.refusals
    shaped = up.organisation["DP-NAPO-ACT"].on(date(2020, 1, 1))
    assert shaped is not None
    assert (shaped.kind, shaped.name) == ("provincial_coordination", "provincial_coordination ACT - Napo")
    assert up.created == ("DP-NAPO-CPC",)
    assert down.ended == ("DP-AZUAY-CPC",)
    assert refused(do(organisation, ChangeLevel("DP-AZUAY", 1), ChangeLevel("DP-AZUAY", 2))) == ["level-changed-twice"]


def provinces_after(*operations: Operation) -> dict[str, str | None]:
    """Provinces in 2020 of an organisation with Azuay, Cañar and Napo, each with a unit ACT."""
    shape = {"ACT": ("6.2.2", "provincial_unit")}
    made = [u for n, name in enumerate(("Azuay", "Cañar", "Napo"), 1) for u in province(n * 10, name, 1, shape)]
    outcome = do(small() | {u.code: u for u in made}, *operations)
    assert outcome.refusals == ()
    standing = {code: one.on(date(2020, 1, 1)) for code, one in outcome.organisation.items()}
    return {code: version.province for code, version in standing.items() if version is not None}


BELOW = Create("N1", "Nueva", "directorate", "DP-AZUAY")
BESIDE = Create("N1", "Nueva", "directorate", "IESS")
UNDER_IT = Create("N2", "Otra", "directorate", "N1")


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([BELOW], {"N1": "Azuay"}),
        ([BESIDE], {"N1": None}),
        ([Create("N1", "Nueva", "directorate", "IESS", province="Napo")], {"N1": "Napo"}),
        ([Create("N1", "Nueva", "directorate", "DP-AZUAY", province="Napo")], {"N1": "Napo"}),
        # Who takes over from one province alone is in it, and so is what hangs from it.
        ([BESIDE, UNDER_IT, Merge(("DP-AZUAY",), "N1")], {"N1": "Azuay", "N2": "Azuay", "DP-AZUAY-ACT": "Azuay"}),
        (
            [
                BESIDE,
                Create("N2", "Otra", "directorate", "IESS"),
                Split("DP-AZUAY-ACT", (Successor("N1", HALF), Successor("N2", HALF))),
            ],
            {"N1": "Azuay", "N2": "Azuay"},
        ),
        # From several, or from a national unit too: no single one.
        ([BESIDE, Merge(("DP-AZUAY", "DP-CAÑAR"), "N1")], {"N1": None, "DP-CAÑAR-ACT": "Cañar"}),
        ([BESIDE, Merge(("DP-AZUAY", "E"), "N1")], {"N1": None}),
        # An office that answers to another stays where it is, unless the act says so.
        ([Move("DP-AZUAY-ACT", "DP-NAPO")], {"DP-AZUAY-ACT": "Azuay"}),
        ([Merge(("DP-CAÑAR",), "DP-AZUAY")], {"DP-AZUAY": "Azuay", "DP-CAÑAR-ACT": "Cañar"}),
        ([Move("DP-AZUAY-ACT", "DP-NAPO", province="Napo")], {"DP-AZUAY-ACT": "Napo"}),
        ([Move("E", "D", province="Napo")], {"E": "Napo", "D": None}),
    ],
)  # fmt: skip
def test_what_a_reorganisation_makes_is_in_a_province(
    operations: list[Operation], expected: dict[str, str | None]
) -> None:
    found = provinces_after(*operations)

    assert {code: found[code] for code in expected} == expected


def test_a_province_that_is_none_is_refused() -> None:
    assert refused(do(small(), Create("N1", "Nueva", "directorate", "A", province="Macondo"))) == ["unknown-province"]
    assert refused(do(small(), Move("E", "A", province="Macondo"))) == ["unknown-province"]
