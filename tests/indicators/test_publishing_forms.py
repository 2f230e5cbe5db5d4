"""The official three-file form is pure: the same facts give the same bytes, and what is absent says so."""

from __future__ import annotations

import csv
import io
import zipfile

from services.indicators.publishing.contents import budget_form, matrix_form, programmes_form, targets_form
from services.indicators.publishing.forms import ABSENT, csv_bytes, files_of, zip_bytes

FACTS: list[dict[str, str | None]] = [
    {"unit": "Dirección A", "objective": "Incrementar x", "indicator": "Índice, uno", "target_text": "0% mensual"},
    {"unit": "Dirección B", "objective": None, "indicator": "Índice dos", "target_text": ""},
    {"unit": "Dirección A", "objective": "Incrementar x", "indicator": 'Índice "tres"', "target_text": "34 meses"},
]


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_the_form_has_data_set_metadata_and_dictionary() -> None:
    files = files_of(targets_form("2025-01", FACTS))

    data, metadata, dictionary = (lines(content) for content in files.values())
    assert [name.rpartition("01-")[2] for name in files] == [
        "conjunto-de-datos.csv",
        "metadatos.csv",
        "diccionario.csv",
    ]
    assert data[0] == [row[0] for row in dictionary[1:]]
    assert metadata[0][0] == "FECHA ACTUALIZACIÓN DE LA INFORMACIÓN"
    assert metadata[0][1] == "31/01/2025"


def test_zero_is_a_value_and_absence_is_said_in_words() -> None:
    data = lines(files_of(targets_form("2025-01", FACTS))["1.3-2025-01-conjunto-de-datos.csv"])

    assert data[1][3] == "0% mensual"
    assert (data[2][1], data[2][3]) == (ABSENT, ABSENT)


def test_units_are_numbered_by_first_appearance() -> None:
    data = lines(files_of(matrix_form("2019-01", FACTS))["a4-2019-01-conjunto-de-datos.csv"])

    assert [row[0] for row in data[1:]] == ["1", "2", "1"]


def test_states_and_phases_are_published_in_words() -> None:
    plan = {"code": "POA-2025", "title": "Plan", "kind": "poa", "dependencia": "IESS", "period_from": "2025-01-01",
            "period_to": "2025-12-31", "status": "in_execution"}  # fmt: skip
    project = {"plan": "POA-2025", "name": "P", "kind": "project", "owners": ["DNTI"], "start_date": None,
               "end_date": None, "progress_percent": None}  # fmt: skip
    labels = {"plan_statuses": {"in_execution": "En ejecución"}, "project_phases": {"frozen": "Congelado"}}
    projects = [{**project, "phase": phase} for phase in ("frozen", "another", None)]

    data = lines(files_of(programmes_form("2025-06", [plan], projects, labels))["10-2025-06-conjunto-de-datos.csv"])

    assert [row[6] for row in data[1:]] == ["En ejecución", "Congelado", "another", ABSENT]


def test_the_same_facts_give_the_same_bytes() -> None:
    once, again = (zip_bytes(files_of(targets_form("2025-01", FACTS))) for _ in range(2))

    assert once == again
    assert len(zipfile.ZipFile(io.BytesIO(once)).namelist()) == 3


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    assert lines(csv_bytes([["=HYPERLINK(1)", "@x", "-5", "94.50"]])) == [["'=HYPERLINK(1)", "'@x", "-5", "94.50"]]


def test_what_finance_does_not_report_is_not_made_up() -> None:
    line = {
        "company": "203", "printed_code": "203", "printed_name": "Administradora de Salud", "group": None,
        "current": "23436361", "accrued": "11520846", "to_accrue": "11915515", "execution_percent": "49.1580",
    }  # fmt: skip

    data = lines(files_of(budget_form("2024-12", [line]))["6-2024-12-conjunto-de-datos.csv"])

    row = dict(zip(data[0], data[1], strict=True))
    assert (row["Asignado"], row["Pagado"], row["Categoría"]) == (ABSENT, ABSENT, "NO APLICA")
    assert (row["Codificado"], row["Devengado"], row["Saldo por devengar"]) == ("23436361", "11520846", "11915515")
