"""Reading the facts and refusing a broken one by file and line, before anything is written."""

from dataclasses import dataclass
from pathlib import Path

from services.indicators.domain.numbers import InvalidNumber, number_of_json
from services.indicators.domain.periods import InvalidPeriod, parse_period
from services.indicators.installation.records import AssignmentRecord, IndicatorRecord
from services.kit.seeding import SeedError, read_lines

PLANS = ("POA-2019", "POA-2025")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the installation starts with, checked."""

    indicators: list[IndicatorRecord]
    assignments: list[AssignmentRecord]


def read_facts(folder: Path, dependencias: dict[str, int]) -> Facts:
    """Read `data/indicators`. dependencias: the replica's ids by code. Raises SeedError."""
    path = folder / "indicators.jsonl"
    indicators: dict[str, IndicatorRecord] = {}
    for line, indicator in read_lines(path, IndicatorRecord):
        _refuse(indicator.code in indicators, path, line, f"el indicador {indicator.code} se repite")
        _check_number(indicator.tolerance, path, line)
        indicators[indicator.code] = indicator
    assignments: dict[str, AssignmentRecord] = {}
    for plan in PLANS:
        path = folder / f"assignments-{plan.lower()}.jsonl"
        for line, assignment in read_lines(path, AssignmentRecord):
            _refuse(assignment.code in assignments, path, line, f"la asignación {assignment.code} se repite")
            _check_assignment(assignment, plan, indicators, dependencias, path, line)
            assignments[assignment.code] = assignment
    return Facts(list(indicators.values()), list(assignments.values()))


def _check_assignment(
    record: AssignmentRecord,
    plan: str,
    indicators: dict[str, IndicatorRecord],
    dependencias: dict[str, int],
    path: Path,
    line: int,
) -> None:
    _refuse(record.plan != plan, path, line, f"el plan {record.plan} no es el del archivo")
    _refuse(record.indicator not in indicators, path, line, f"no existe el indicador {record.indicator}")
    _refuse(record.dependencia not in dependencias, path, line, f"no existe la dependencia {record.dependencia}")
    rule = record.feed_rule
    for named in (rule.reliability_of, rule.reforms_of) if rule is not None else ():
        unknown = named is not None and named not in dependencias
        _refuse(unknown, path, line, f"no existe la dependencia {named} de feed_rule")
    prefix, _, ordinal = record.code.rpartition(".")
    well_formed = prefix == f"{record.plan}.{record.dependencia}" and ordinal.isdigit()
    _refuse(not well_formed, path, line, f"el código {record.code} no es <plan>.<dependencia>.<nnn>")
    _refuse(record.target_periods != "every", path, line, "target_periods solo admite «every»")
    _check_number(record.target.value, path, line)
    if record.baseline is not None:
        _check_number(record.baseline.value, path, line)
        _check_period(record.baseline.period, path, line)


def _check_number(text: str | None, path: Path, line: int) -> None:
    if text is None:
        return
    try:
        number_of_json(text)
    except InvalidNumber as error:
        raise SeedError(path, line, f"{text!r} no es un número decimal") from error


def _check_period(text: str | None, path: Path, line: int) -> None:
    if text is None:
        return
    try:
        parse_period(text)
    except InvalidPeriod as error:
        raise SeedError(path, line, f"{text!r} no es un período") from error


def _refuse(broken: bool, path: Path, line: int, why: str) -> None:
    if broken:
        raise SeedError(path, line, why)
