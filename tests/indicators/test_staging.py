"""Blocks checked as a whole say what checking row by row says; a hash stands for content, not for bytes."""

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.numbers import all_plain_decimals, plain_decimal
from services.indicators.intake.decoding import READER, BareRow, MeasurementRow
from services.indicators.intake.fingerprint import sha256_of
from services.indicators.intake.rowfields import NULL
from services.indicators.intake.staging import COLUMNS, Staging
from services.kit.rows import Rows

values: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["94.50", "-3", "0", "1.2345678901", "12345678901", "", "1.", "1,5", "9\n9", "1e3", "٣"]),
    st.sampled_from([None, 5, -7, True, [], {}]),
)
names: st.SearchStrategy[Any] = st.sampled_from(
    ["POA-2019.IESS.001", "POA-2019.IESS.002", "no code", "a\tb", "", None, 7, []]
)
periods: st.SearchStrategy[Any] = st.sampled_from(["2019-01", "201901", "2019-Q1", "2019-13", "", None, 2019, {}])
extras = st.sampled_from([None, None, None, "nota", "1"])
rows = st.builds(MeasurementRow, assignment=names, period=periods, value=values, note=extras, numerator=extras)


def staged(batch: list[MeasurementRow], *, one_by_one: bool) -> tuple[list[list[str]], bytes, list[str], bool]:
    """Every row with all columns, the names, the periods, and whether cells may repeat."""
    staging = Staging(batch)
    if one_by_one:
        lines = staging._checked_block(0, batch).decode()
    else:
        lines = "".join(
            "".join(
                f"{line}{f'	{NULL}' * (len(COLUMNS) - len(columns))}\n" for line in payload.decode().splitlines()
            )
            for columns, payload in staging.blocks()
        )
    found = [line.split("\t") for line in lines.splitlines()]
    return found, staging.names(), staging.period_codes, staging.may_repeat_cells


@given(st.lists(rows, min_size=1, max_size=8))
def test_a_block_taken_as_a_whole_is_staged_as_its_rows_would_be(batch: list[MeasurementRow]) -> None:
    whole, single = staged(batch, one_by_one=False), staged(batch, one_by_one=True)

    assert [row[3:] for row in whole[0]] == [row[3:] for row in single[0]]
    assert named(whole) == named(single)
    assert whole[3] == single[3]


def named(found: tuple[list[list[str]], bytes, list[str], bool]) -> list[tuple[str, str]]:
    """The name and period behind each row's numbers; the numbers themselves depend on the order of learning."""
    lines, name_lines, period_codes, _ = found
    by_number = dict(line.split("\t", 1) for line in name_lines.decode().splitlines())
    return [(by_number[row[1]], period_codes[int(row[2]) - 1] if row[2] != "0" else "") for row in lines]


sent = st.fixed_dictionaries(
    {"assignment": names, "period": periods, "value": values},
    optional={"note": extras, "numerator": extras, "indicator": st.none(), "evidence_url": st.none()},
)


@given(st.lists(sent, min_size=1, max_size=6))
def test_a_batch_of_bare_rows_is_read_as_any_other(batch: list[dict[str, Any]]) -> None:
    in_general = [MeasurementRow(**row) for row in batch]
    lines = b"\n".join(map(msgspec.json.encode, batch))

    read = (READER.ndjson(lines, "s"), READER.json(msgspec.json.encode({"source": "s", "rows": batch})))

    for found in read:
        assert sha256_of(found) == sha256_of(Rows("s", in_general))
        assert {type(row) for row in found.rows} == {BareRow if all(map(is_plain_text, batch)) else MeasurementRow}
        assert staged(list(found.rows), one_by_one=False) == staged(in_general, one_by_one=False)


def is_plain_text(row: dict[str, Any]) -> bool:
    said = {name: value for name, value in row.items() if value is not None}
    return said.keys() == {"assignment", "period", "value"} and all(isinstance(text, str) for text in said.values())


def test_cells_are_told_apart_however_their_periods_are_written_and_ordered() -> None:
    """`201902` is February; December came first."""
    months = ["2019-12", "201902", "2019-01"]
    rows = [
        MeasurementRow(assignment=f"A.{n}", period=month, value=f"{n}{month[-1]}") for month in months for n in (2, 1)
    ]

    plain = Staging(rows).plain_rows()

    assert plain is not None
    assert (plain.assignments, plain.period_codes) == (["A.2", "A.1"], ["2019-01", "2019-02", "2019-12"])
    assert [plain.values[cell] for cell in sorted(plain.values)] == ["21", "22", "22", "11", "12", "12"]
    assert Staging([*rows, MeasurementRow(assignment="A.1", period="2019-02", value="3")]).plain_rows() is None


@given(st.lists(values, min_size=1, max_size=6))
def test_many_numbers_are_plain_when_each_one_is(texts: list[Any]) -> None:
    each = all(isinstance(text, str) and plain_decimal(text) is not None for text in texts)

    assert all_plain_decimals(texts) is each


@pytest.mark.parametrize("count", [1, 4095, 4096, 4097, 9000])
def test_a_hash_does_not_depend_on_how_the_batch_is_cut(count: int) -> None:
    batch = Rows("origen", [MeasurementRow(assignment=f"A.{n}", period="2019-01", value="1") for n in range(count)])

    whole = msgspec.json.encode((batch.source, batch.rows))

    assert sha256_of(batch) == hashlib.sha256(whole).hexdigest()


def test_a_hash_ignores_spacing_and_order_of_members() -> None:
    one = b'{"source":"s","rows":[{"assignment":"A","value":"1"}]}'
    other = b'{ "rows": [ {"value": "1", "assignment": "A"} ], "source": "s" }'

    assert sha256_of(READER.json(one)) == sha256_of(READER.json(other))
    assert sha256_of(READER.json(one)) != sha256_of(READER.json(one.replace(b'"1"', b'"2"')))
