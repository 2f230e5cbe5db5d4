"""What front ends label: every code of a closed list that answers may hold has its entry."""

from typing import get_args

from services.indicators.catalogs import CATALOGS
from services.indicators.series.shapes import Break


def test_every_reason_not_to_compare_or_add_up_has_a_label() -> None:
    labels = {entry["code"]: entry["label"] for entry in CATALOGS["comparability_breaks"]}

    assert set(labels) == set(get_args(Break))
    assert all(labels.values())
