from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.validity import Validity, first_overlap

DAYS = st.dates(date(2017, 1, 1), date(2017, 3, 31))
VALIDITIES = st.builds(
    lambda start, length: Validity(start, None if length is None else start + timedelta(days=length)),
    DAYS,
    st.none() | st.integers(0, 40),
)
CALENDAR = [date(2017, 1, 1) + timedelta(days=n) for n in range(150)]


def days_of(validity: Validity) -> set[date]:
    return {day for day in CALENDAR if validity.contains(day)}


@given(VALIDITIES, VALIDITIES)
def test_two_validities_overlap_exactly_when_they_share_a_day(a: Validity, b: Validity) -> None:
    assert a.overlaps(b) == bool(days_of(a) & days_of(b))


@given(st.lists(VALIDITIES, max_size=6))
def test_an_overlap_is_found_exactly_when_some_pair_shares_a_day(parts: list[Validity]) -> None:
    pairs = [(a, b) for i, a in enumerate(parts) for b in parts[i + 1 :]]

    assert (first_overlap(parts) is not None) == any(days_of(a) & days_of(b) for a, b in pairs)


def test_a_validity_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Validity(date(2019, 5, 22), date(2019, 5, 21))
