"""The score of a card told step by step: objectives from their assignments, the card from its objectives."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from services.indicators.domain.arithmetic import at_the_edge, product, quotient, total
from services.indicators.domain.scores import Scored, weighted_score
from services.indicators.explaining.cards import Row

_EXPECTED = ("reported", "missing")


def explained_score(rows: Sequence[Row]) -> dict[str, Any]:
    """Score and coverage, the objectives they come from, and of each the rows used and skipped."""
    objectives = [_objective(list(group)) for _, group in groupby(sorted(rows, key=_of_objective), key=_of_objective)]
    scored = [(o["exact"], o["share"]) for o in objectives if o["exact"] is not None]
    shares, points = total([s for _, s in scored]), total([product(score, share) for score, share in scored])
    reported = total([product(o["reported"], o["share"]) for o in objectives])
    expected = total([product(o["expected"], o["share"]) for o in objectives])
    score = quotient(points, shares) if scored else None
    coverage = quotient(reported, expected) if expected else None
    steps = [
        {
            "rule": "mean-of-objectives",
            "text": f"{_edge(points)} / {_plain(shares)}: puntajes de {len(scored)} objetivos, cada uno por su parte",
            "result": _edge(score),
        },
        {
            "rule": "coverage",
            "text": f"{_plain(reported)} / {_plain(expected)}: peso reportado sobre peso vencido",
            "result": _edge(coverage),
        },
    ]
    told = [{name: value for name, value in o.items() if name in _TOLD} for o in objectives]
    for document in told:
        document["share"] = _plain(document["share"])
    return {"score": _edge(score), "coverage": _edge(coverage), "steps": steps, "objectives": told}


_TOLD = ("dependencia", "objective", "share", "score", "coverage", "steps", "used", "skipped")


def _of_objective(row: Row) -> tuple[str, str, Decimal]:
    return row["dependencia"], row["objective"] or "", Decimal(row["share"])


def _objective(rows: Sequence[Row]) -> dict[str, Any]:
    """Weighted mean of the capped achievements; what has none, reported or not, is skipped and said so."""
    used = [row for row in rows if row["achievement_capped"] is not None]
    score = weighted_score([Scored(Decimal(row["achievement_capped"]), Decimal(row["weight"])) for row in used])
    points = total([product(Decimal(row["achievement_capped"]), Decimal(row["weight"])) for row in used])
    weights = _weights(used)
    reported = _weights(row for row in rows if row["state"] == "reported")
    expected = _weights(row for row in rows if row["state"] in _EXPECTED)
    return {
        "dependencia": rows[0]["dependencia"],
        "objective": rows[0]["objective"],
        "share": Decimal(rows[0]["share"]),
        "exact": score.percent,
        "score": _edge(score.percent),
        "coverage": _edge(quotient(reported, expected)) if expected else None,
        "reported": reported,
        "expected": expected,
        "steps": [
            {
                "rule": "weighted-mean",
                "text": f"{_edge(points)} / {_plain(weights)}: Σ cumplimiento con tope · peso / Σ peso",
                "result": _edge(score.percent),
            }
        ],
        "used": [_row(row) for row in used],
        "skipped": [
            {**_row(row), "because": row["state"] if row["state"] != "reported" else "unscored"}
            for row in rows
            if row["achievement_capped"] is None
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    shown = ("assignment", "indicator", "weight", "state", "value", "target", "traffic_light")
    capped = row["achievement_capped"]
    return {**{name: row[name] for name in shown}, "achievement_capped": capped and _edge(Decimal(capped))}


def _weights(rows: Iterable[Row]) -> Decimal:
    return total([Decimal(row["weight"]) for row in rows])


def _edge(value: Decimal | None) -> str | None:
    return None if value is None else f"{at_the_edge(value):f}"


def _plain(value: Decimal) -> str:
    return f"{value:f}"
