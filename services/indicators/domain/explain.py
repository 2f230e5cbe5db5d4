"""The arithmetic of a cell, told step by step in the reader's language. The steps recompute; they do not paraphrase."""

from dataclasses import dataclass
from decimal import Decimal

from services.indicators.domain.achievement import Goal
from services.indicators.domain.arithmetic import at_the_edge
from services.indicators.domain.policy import Judgement, Policy, judge


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic: what was done, written out, and what came of it."""

    rule: str
    text: str
    result: str | None


FORMULAS = {
    "up": "100 · {r} / {t}, no menos de 0",
    "up-met": "la meta {t} no es mayor que 0 y el resultado {r} la alcanza: 100",
    "down": "100 · {t} / {r}",
    "down-to-zero": "descendente y resultado {r} ≤ 0: el tope de la política",
    "down-met": "la meta {t} no es mayor que 0 y el resultado {r} la alcanza: 100",
    "down-zero-missed": "meta 0 no alcanzada y sin tolerancia: 0",
    "tolerance": "100 · (τ − |{r} − {t}|) / τ con τ = {tau}, no menos de 0",
    "tolerance-needed": "la meta {t} no es mayor que 0, no se alcanzó y nadie fijó una tolerancia: no se puede decir",
    "progress": "100 · ({r} − {b}) / ({t} − {b}), no menos de 0",
    "range": "{r} está dentro de [{t}, {t2}]: 100",
    "range-missed": "{r} está fuera de [{t}, {t2}] y sin tolerancia: 0",
    "range-tolerance": "{r} está fuera de [{t}, {t2}]; cae linealmente hasta 0 a τ = {tau}",
    "maintain": "{r} está dentro de {t} ± {tau}: 100",
    "maintain-missed": "{r} no es {t} y sin tolerancia: 0",
    "maintain-tolerance": "{r} está fuera de {t} ± {tau}; cae linealmente hasta 0 a otros {tau}",
}


def explain_value(
    numerator: Decimal | None, denominator: Decimal | None, value: Decimal, unit: str | None, formula: str | None = None
) -> Step:
    """How the value came to be: reported as it is, or computed from numerator and denominator, by the sheet's formula
    over them when it has one."""
    if numerator is None or denominator is None:
        return Step("reported", "valor reportado tal cual", f"{value:f}")
    if formula is not None:
        terms = f"numerator = {numerator:f}, denominator = {denominator:f}"
        return Step("formula", f"{formula} con {terms}", f"{value:f}")
    hundred = "100 · " if unit == "percent" else ""
    return Step("ratio", f"{hundred}{numerator:f} / {denominator:f}", f"{value:f}")


def explain_judgement(result: Decimal, goal: Goal, policy: Policy) -> tuple[Judgement, list[Step]]:
    """The judgement of a result and the steps that lead to it."""
    judged = judge(result, goal, policy)
    names = {
        "r": f"{result:f}",
        "t": f"{goal.target:f}",
        "t2": _text(goal.target_to),
        "tau": _text(goal.tolerance) or "0",
        "b": _text(goal.baseline),
    }
    steps = [Step(judged.rule, FORMULAS[judged.rule].format(**names), _edge(judged.achievement))]
    if judged.achievement is None:
        return judged, steps
    steps.append(Step("cap", f"no más de {policy.cap:f}", _edge(judged.achievement_capped)))
    band = next(band for band in policy.bands if band.light == judged.traffic_light)
    interval = f"[{band.low:f}, {'∞' if band.high is None else f'{band.high:f}'})"
    steps.append(Step("band", f"{_edge(judged.achievement)} está en {interval} de {policy.name}", band.light))
    return judged, steps


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _edge(value: Decimal | None) -> str | None:
    return None if value is None else f"{at_the_edge(value):f}"
