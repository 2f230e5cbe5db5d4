"""NDJSON and CSV give what JSON gives; sizes beyond the limit are refused whole."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kit import rows
from tests.indicators.harness import Indicators, reporter
from tests.indicators.test_intake import Row, monthly_rows, outcomes

DEEP = b'{"source":"x","rows":[{"note":' + b"[" * 5000 + b"]" * 5000 + b"}]}"


async def send(service: Indicators, content: str | bytes, kind: str, **query: Any) -> httpx.Response:
    body = content.encode() if isinstance(content, str) else content
    headers = {"Idempotency-Key": str(uuid4()), "content-type": kind}
    return await service.call("POST", "/measurement-batches", body, headers=headers, **query)


def as_csv(rows: list[Row], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["assignment", "period", "value", "note"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


async def test_the_three_media_types_answer_alike(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:5]
    rows[2]["value"] = "x"

    as_json = await azuay.push(rows, dry_run="true")
    as_lines = await send(azuay, "\n".join(map(json.dumps, rows)), "application/x-ndjson", dry_run="true")
    as_table = await send(azuay, as_csv(rows), "text/csv; charset=utf-8", dry_run="true")

    assert as_json.status_code == as_lines.status_code == as_table.status_code == 200
    assert as_json.json()["rows"] == as_lines.json()["rows"] == as_table.json()["rows"]


async def test_a_spreadsheet_of_spanish_locale_is_understood(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:3]
    numbers = ["0,38", "1.724.484,41", "1.234"]
    table = as_csv([{**row, "value": number} for row, number in zip(rows, numbers, strict=True)], ";")

    by_shape = await send(azuay, "\ufeff" + table, "text/csv", dry_run="true")
    declared = await send(azuay, table, "text/csv", dry_run="true", locale="es")

    assert [code for code in outcomes(by_shape.json()) if code != "out-of-range"][-1] == "ambiguous-number"
    assert "ambiguous-number" not in outcomes(declared.json())


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "text/csv"])
async def test_a_byte_order_mark_says_nothing_in_any_media_type(loaded: Indicators, kind: str) -> None:
    azuay = loaded.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:3]
    written = {
        "application/json": json.dumps({"source": "x", "rows": rows}),
        "application/x-ndjson": "\n".join(map(json.dumps, rows)),
        "text/csv": as_csv(rows),
    }[kind]

    marked = await send(azuay, "\ufeff" + written, kind, dry_run="true")
    twice = await send(azuay, "\ufeff\ufeff" + written, kind, dry_run="true")

    assert (marked.status_code, outcomes(marked.json())) == (200, ["created"] * 3)
    assert twice.status_code in (400, 422)


async def test_zeros_after_the_tenth_decimal_say_nothing_and_digits_there_are_refused(loaded: Indicators) -> None:
    azuay = loaded.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:4]
    numbers = ["4.250000000000000", "4.25000000001", "-0.00000000000", "4.2500000000"]
    sent = [{**row, "value": number} for row, number in zip(rows, numbers, strict=True)]

    as_json = await azuay.push(sent, dry_run="true")
    as_table = await send(azuay, as_csv(sent), "text/csv", dry_run="true")
    literals = json.dumps({"source": "x", "rows": [{**row, "value": "#"} for row in rows]})
    for number in numbers:
        literals = literals.replace('"#"', number, 1)
    as_numbers = await send(azuay, literals, "application/json", dry_run="true")

    assert outcomes(as_json.json()) == outcomes(as_table.json()) == outcomes(as_numbers.json())
    assert outcomes(as_json.json()) == ["created", "invalid-number", "created", "created"]


async def test_lines_of_empty_cells_are_no_rows(loaded: Indicators) -> None:
    azuay = loaded.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:2]
    first, *others = as_csv(rows, ";").splitlines()
    table = "\n".join([first, others[0], ";;;", "   ", "", others[1], '"";;;', ";;;", ""])

    answer = await send(azuay, table, "text/csv", dry_run="true")

    assert (answer.status_code, outcomes(answer.json())) == (200, ["created"] * 2)


@pytest.mark.parametrize(
    ("content", "kind", "where"),
    [
        ("assignment;note\na;ok\nb;año\n".encode("latin-1"), "text/csv", "La línea 3"),
        ('{"note":"ok"}\n{"note":"año"}\n'.encode("latin-1"), "application/x-ndjson", "La línea 2"),
        ('{"source":"año","rows":[{}]}'.encode("latin-1"), "application/json", "El cuerpo"),
        ('{"source":"x","rows":[{}]}'.encode("utf-16"), "application/json", "El cuerpo"),
        ('{"note":"ok"}\n'.encode("utf-16"), "application/x-ndjson", "La línea 1"),
        ("assignment\na\n".encode("utf-16"), "text/csv", "La línea 1"),
    ],
)
async def test_another_encoding_is_refused_where_it_shows(
    loaded: Indicators, content: bytes, kind: str, where: str
) -> None:
    answer = await send(loaded.by(reporter("DP-AZUAY")), content, kind)

    body = answer.json()
    assert (answer.status_code, body["code"], body["errors"][0]["code"]) == (400, *["invalid-encoding"] * 2)
    assert body["detail"].startswith(where)


async def test_a_csv_note_keeps_its_line_breaks(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = (await monthly_rows(azuay))[0]
    note = 'línea 1\n\tlínea "2"; \\N'

    await send(azuay, as_csv([{**row, "note": note}]), "text/csv")

    assert (await azuay.get(f"/measurements/{row['assignment']}/2019-01"))["note"] == note


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "application/json", 400, "invalid-json"),
        (b"{", "application/json", 400, "invalid-json"),
        (b'{"source":"x","rows":[]}', "application/json", 422, "invalid-batch"),
        (b'{"source":"x","rows":[5]}', "application/json", 422, "invalid-batch"),
        (b'{"source":"x","rows":[{"valor":1}]}', "application/json", 422, "invalid-batch"),
        (b'{"source":"x","rows":[{"note":"\xff"}]}', "application/json", 400, "invalid-encoding"),
        (b'{"rows":[{}]}', "application/json", 422, "invalid-batch"),
        (b'{"period":"2019-01"}\n{"period"', "application/x-ndjson", 400, "invalid-json"),
        (b'{"nada":1}', "application/x-ndjson", 422, "invalid-batch"),
        (b"", "application/x-ndjson", 422, "invalid-batch"),
        (b"assignment,valor\na,1\n", "text/csv", 422, "invalid-batch"),
        (b"assignment,period\na,1,2\n", "text/csv", 422, "invalid-batch"),
        (b"assignment,assignment\na,1\n", "text/csv", 422, "invalid-batch"),
        (b"assignment\n\xff\n", "text/csv", 400, "invalid-encoding"),
        (b"<a/>", "application/xml", 415, "unsupported-media-type"),
        (DEEP, "application/json", 400, "json-too-deep"),
        (b'{"source":"x","rows":[{"value":' + b"[" * 30 + b"]" * 30 + b"}]}", "application/json", 400, "json-too-deep"),
        (b'{"period":1}\n{"note":' + b"[" * 40 + b"]" * 40 + b"}", "application/x-ndjson", 400, "json-too-deep"),
        (b"[" * 100_000, "application/json", 400, "json-too-deep"),
        (b"[[1]]", "application/json", 422, "invalid-batch"),
    ],
)  # fmt: skip
async def test_what_is_no_batch_is_refused_by_name(
    loaded: Indicators, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = await send(loaded.by(reporter("DP-AZUAY")), content, kind)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_more_rows_than_the_limit_are_refused_whole(loaded: Indicators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROWS", 3)

    answer = await loaded.by(reporter("DP-AZUAY")).push([{"period": "2019-01"}] * 4)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-rows")


async def test_a_body_beyond_twenty_mebibytes_is_refused(loaded: Indicators) -> None:
    answer = await send(loaded.by(reporter("DP-AZUAY")), b" " * (20 * 1024 * 1024 + 1), "application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "content-too-large")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"assignment": 5}, "unknown-assignment", "assignment"),
        ({"assignment": "a\tb"}, "unknown-assignment", "assignment"),
        ({"period": 2019}, "invalid-period", "period"),
        ({"period": None}, "invalid-period", "period"),
        ({"value": True}, "invalid-number", "value"),
        ({"value": [1]}, "invalid-number", "value"),
        ({"value": "1,5"}, "invalid-number", "value"),
        ({"value": 10**400}, "invalid-number", "value"),
        ({"value": "1001"}, "out-of-range", "value"),
        ({"value": "-1"}, "out-of-range", "value"),
        ({"numerator": "1"}, "ratio-mismatch", "denominator"),
        ({"numerator": "1", "denominator": "0"}, "ratio-mismatch", "value"),
        ({"note": "x" * 4001}, "out-of-range", "note"),
        ({"note": "\x00"}, "out-of-range", "note"),
        ({"evidence_sha256": "abc"}, "out-of-range", "evidence_sha256"),
        ({"evidence_url": "javascript:alert(1)"}, "out-of-range", "evidence_url"),
    ],
)
async def test_a_wrong_type_is_that_rows_error_and_not_the_batchs(
    loaded: Indicators, wrong: Row, code: str, field: str
) -> None:
    azuay = loaded.by(reporter("DP-AZUAY"))
    rows = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    percent = next(a for a in rows if a["unit"] == "percent")
    good = {"assignment": percent["code"], "period": "2019-01", "value": "50"}

    answer = await azuay.push([{**good, **wrong}], dry_run="true")

    row = answer.json()["rows"][0]
    assert (row["outcome"], row.get("code"), row.get("field")) == ("rejected", code, field)


async def test_a_row_may_name_indicator_dependencia_and_plan(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    every = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY")
    names = [a["indicator"]["code"] for a in every]
    single = next(a for a in found if names.count(a["indicator"]["code"]) == 1)
    double = next(a for a in every if names.count(a["indicator"]["code"]) == 2)

    def named(a: dict[str, Any], period: str) -> Row:
        return {
            "indicator": a["indicator"]["code"], "dependencia": a["dependencia"], "plan": a["plan"],
            "period": period, "value": "1",
        }  # fmt: skip

    answer = await azuay.push([named(single, "2019-01"), named(double, "2019-Q1")])

    assert outcomes(answer.json()) == ["created", "ambiguous-assignment"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"source":"x","rows":[5]}', "en /rows/0: se esperaba un objeto y llegó un entero."),
        (b'{"source":"x","rows":[{"valor":1}]}', "en /rows/0: no se conoce el campo «valor»."),
        (b'{"rows":[{}]}', "falta el campo «source»."),
        (b'{"source":"x","rows":[]}', "El envío no trae ninguna fila."),
        (b'{"source":"x",', "El cuerpo no es JSON válido: está incompleto."),
        (b"{x}", "El cuerpo no es JSON válido en el byte 1."),
    ],
)
async def test_what_is_wrong_with_a_batch_is_said_in_spanish(loaded: Indicators, content: bytes, sentence: str) -> None:
    answer = await send(loaded.by(reporter("DP-AZUAY")), content, "application/json")

    assert answer.json()["detail"].endswith(sentence), answer.json()["detail"]


async def test_names_that_contradict_the_assignment_are_refused(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:4]

    answer = await azuay.push(
        [
            {**rows[0], "dependencia": "DP-GUAYAS"},
            {**rows[1], "plan": 5},
            {**rows[2], "dependencia": "DP-AZUAY", "plan": "POA-2019"},
            rows[3],
        ]
    )

    assert outcomes(answer.json()) == ["ambiguous-assignment", "ambiguous-assignment", "created", "created"]


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf", b"\n", b",,\n"])
async def test_a_csv_without_a_header_says_so(loaded: Indicators, body: bytes) -> None:
    answer = await send(loaded.by(reporter("DP-AZUAY")), body, "text/csv")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-batch")
    assert answer.json()["detail"].startswith("Falta la cabecera.")


async def test_blanks_around_the_cells_of_a_csv_mean_nothing(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = (await monthly_rows(azuay))[0]

    answer = await send(azuay, f"assignment, period ,value\n {row['assignment']} , 2019-01 , 50 \n", "text/csv")

    assert outcomes(answer.json()) == ["created"]


async def test_a_broken_quote_in_a_file_is_said_in_spanish(loaded: Indicators) -> None:
    answer = await send(loaded.by(reporter("DP-AZUAY")), b'assignment,period\na,"2019-01\n', "text/csv")

    assert answer.status_code == 422
    assert answer.json()["detail"] == "Línea 2: no es CSV válido; revise comillas y saltos de línea."
