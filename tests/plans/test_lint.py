"""Methodology lint as pure rules, and on the real POA 2025."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.plans.domain.content import (
    AlignmentFact,
    IndicatorFact,
    ObjectiveFact,
    PlanContent,
    ProjectFact,
    StrategyFact,
)
from services.plans.domain.lint import lint
from tests.plans.harness import Plans

START, END = date(2026, 1, 1), date(2026, 12, 31)
VERBS = frozenset({"incrementar", "reducir", "mantener"})
OEI = ObjectiveFact("PEI.O1", "PEI", "N1", "Incrementar la eficiencia", "IESS", START, END)
STRATEGY = StrategyFact("PEI.O1.E1", "PEI", "PEI.O1", "Depurar la normativa", True, START, END)
N4 = ObjectiveFact("POA.1", "POA", "N4", "Reducir los tiempos MEDIANTE la revisión de procesos", "DNPL", START, END)
SHEET = IndicatorFact("POA.DNPL.001", "x", "POA.1", "DNPL", "percent", "up", "annual", 1, "7.73", "7,73% anual")


def make_plan(**changes: object) -> PlanContent:
    """A plan without findings, with the changes the test is about."""
    plan = PlanContent(
        "POA",
        START,
        END,
        objectives={o.code: o for o in (OEI, N4)},
        strategies={STRATEGY.code: STRATEGY},
        alignments=(AlignmentFact("POA.1", "PEI.O1", 1, "x", 1), AlignmentFact("POA.1", "PEI.O1.E1", 1, "y", 1)),
        indicators=(SHEET,),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]  # the test names the fields


def found(plan: PlanContent) -> list[tuple[str, str]]:
    return [(f.code, f.pointer) for f in lint(plan, VERBS)]


def stated(statement: str, level: str = "N4") -> PlanContent:
    return make_plan(objectives={"PEI.O1": OEI, "POA.1": replace(N4, statement=statement, level=level)})


def test_a_well_formed_plan_has_no_findings() -> None:
    assert found(make_plan()) == []


@pytest.mark.parametrize(
    ("statement", "level", "code"),
    [
        ("Reducir los tiempos", "N4", "n4-without-mediante"),
        ("Reducir MEDIANTE esto MEDIANTE aquello", "N4", "n4-mediante-repeated"),
        ("Reducir los tiempos MEDIANTE", "N4", "n4-mediante-without-text"),
        ("Reducir los tiempos MEDIANTE …", "N4", "n4-mediante-without-text"),
        ("Reducir los tiempos MEDIANTE .", "N4", "n4-mediante-without-text"),
        ("Reducir los tiempos MEDIANTE la revisión", "N2", "mediante-above-n4"),
        ("Reducción de tiempos MEDIANTE la revisión", "N4", "objective-without-infinitive"),
    ],
)
def test_a_statement_is_judged_by_its_form(statement: str, level: str, code: str) -> None:
    assert found(stated(statement, level)) == [(code, "/objectives/POA.1")]


@pytest.mark.parametrize("statement", ["Incrementar el uso mediante guías", "MANTENER el pago, MEDIANTE su control"])
def test_capitals_do_not_matter(statement: str) -> None:
    assert found(stated(statement)) == []


def test_a_word_that_only_contains_mediante_does_not_count() -> None:
    assert found(stated("Incrementar la gestión intermediantemente")) == [("n4-without-mediante", "/objectives/POA.1")]


def test_the_second_of_two_equal_statements_is_found() -> None:
    twin = replace(N4, code="POA.2", statement="Reducir los  tiempos, mediante la revision de procesos")
    aligned = (*make_plan().alignments, AlignmentFact("POA.2", "PEI.O1"))
    plan = make_plan(
        objectives={"PEI.O1": OEI, "POA.1": N4, "POA.2": twin},
        alignments=aligned,
        indicators=(SHEET, replace(SHEET, assignment="POA.DNPL.002", objective="POA.2")),
    )

    assert found(plan) == [("statement-repeated", "/objectives/POA.2")]


def test_an_objective_aligned_to_nothing_is_an_orphan() -> None:
    assert ("objective-orphan", "/objectives/POA.1") in found(make_plan(alignments=()))


def test_a_strategy_nobody_carries_is_unused() -> None:
    plan = make_plan(alignments=make_plan().alignments[:1])

    assert found(plan) == [("strategy-unused", "/strategies/PEI.O1.E1")]


def test_a_strategy_outside_the_pei_is_found() -> None:
    foreign = replace(STRATEGY, code="POA.E1", plan="POA", in_pei=False)
    plan = make_plan(
        strategies={s.code: s for s in (STRATEGY, foreign)},
        alignments=(*make_plan().alignments, AlignmentFact("POA.1", "POA.E1")),
    )

    assert found(plan) == [("strategy-not-in-pei", "/strategies/POA.E1")]


def test_a_number_that_disagrees_with_its_text_is_found() -> None:
    odd = AlignmentFact("POA.1", "PEI.O1", 7, "el texto del 5", 5)
    plan = make_plan(alignments=(odd, make_plan().alignments[1]))

    assert found(plan) == [("alignment-number-text-mismatch", "/alignments/POA.1/PEI.O1")]


@pytest.mark.parametrize(
    ("end", "carried", "phase", "findings"),
    [
        (date(2025, 12, 31), False, "execution", 1),
        (date(2025, 12, 31), True, "execution", 0),
        (date(2025, 12, 31), False, "closed", 0),
        (date(2026, 1, 1), False, "execution", 0),
        (None, False, None, 0),
    ],
)
def test_a_project_that_ended_needs_to_be_carried_over(
    end: date | None, carried: bool, phase: str | None, findings: int
) -> None:
    plan = make_plan(projects=(ProjectFact("POA.P1", "x", "project", phase, end, carried),))

    assert len(lint(plan, VERBS)) == findings


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target_count": 0, "target_value": None}, "indicator-without-target"),
        ({"unit": None}, "indicator-without-unit"),
        ({"direction": None}, "indicator-without-direction"),
        ({"frequency": None}, "indicator-without-frequency"),
        ({"target_value": "8.73"}, "target-text-mismatch"),
    ],
)
def test_a_sheet_is_complete_and_agrees_with_its_text(change: dict[str, object], code: str) -> None:
    plan = make_plan(indicators=(replace(SHEET, **change),))  # type: ignore[arg-type]  # the test names the fields

    assert [f.code for f in lint(plan, VERBS)] == [code]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1.724.484.107,41 anual", "1724484107.41"),
        ("al valor de $ cero", "0"),
        ("a 538, 29", "538.29"),
        ("a 1.807,00", "1807.00"),
        ("a 4,759", "4.75"),
        ("en 0,92% mensual", "0.92"),
    ],
)
def test_a_target_agrees_with_its_text_in_any_notation(text: str, value: str) -> None:
    plan = make_plan(indicators=(replace(SHEET, target_text=text, target_value=value),))

    assert found(plan) == []


def test_an_objective_without_indicator_is_found_where_others_are_linked() -> None:
    other = replace(N4, code="POA.2", statement="Reducir la espera MEDIANTE turnos")
    plan = make_plan(
        objectives={"PEI.O1": OEI, "POA.1": N4, "POA.2": other},
        alignments=(*make_plan().alignments, AlignmentFact("POA.2", "PEI.O1")),
    )

    assert found(plan) == [("objective-without-indicator", "/objectives/POA.2")]


def test_a_document_that_links_no_indicator_is_one_finding() -> None:
    plan = make_plan(indicators=(replace(SHEET, objective=None),))

    assert [f.code for f in lint(plan, VERBS)] == ["indicators-without-objective"]


def test_a_plan_that_commits_to_nothing_says_what_is_missing() -> None:
    """Strategies of the plan above are not said to be unused by it: what is missing is the objectives."""
    empty = make_plan(objectives={"PEI.O1": OEI}, alignments=(), indicators=())

    assert found(empty) == [("plan-without-objectives", "/plans/POA/objectives")]
    assert lint(empty, VERBS)[0].severity == "error"


@pytest.mark.parametrize(("lines", "codes"), [(0, ["plan-without-lines"]), (1, [])])
def test_a_procurement_plan_commits_to_lines(lines: int, codes: list[str]) -> None:
    plan = make_plan(kind="pac", pac_lines=lines, objectives={}, strategies={}, alignments=(), indicators=())

    assert [f.code for f in lint(plan, VERBS)] == codes


async def test_the_real_poa_has_exactly_the_defects_of_its_document(loaded: Plans) -> None:
    answer = await loaded.get("/plans/POA-2025/findings")

    assert [(f["code"], f["pointer"].removeprefix("/")) for f in answer["items"]] == [
        ("alignment-number-text-mismatch", "alignments/POA-2025.DNSI.N4.01/PEI-2018-2028.OEI7"),
        ("statement-repeated", "objectives/POA-2025.DNSC.N4.05"),
        ("unit-statement-crossed", "objectives/POA-2025.DSGSIF.N4.11"),
        ("unit-statement-crossed", "objectives/POA-2025.DSGSIF.N4.12"),
        ("n4-without-mediante", "objectives/POA-2025.PG.N4.01"),
        ("strategy-unused", "strategies/PEI-2018-2028.OEI7.E5"),
        ("strategy-not-in-pei", "strategies/POA-2025.PG.E1"),
        ("strategy-not-in-pei", "strategies/POA-2025.PG.E2"),
    ]
    assert answer["unavailable"] == ["indicators"]


async def test_the_pei_has_no_defects(loaded: Plans) -> None:
    assert (await loaded.get("/plans/PEI-2018-2028/findings"))["items"] == []
