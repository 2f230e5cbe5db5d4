"""Public files, without login, from the real facts of two services."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from tests.documents import document
from tests.e2e.installation import Answer, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(180)]


def fetch(platform: Installation, name: str) -> Answer:
    return platform.get(f"/api/v1/public/lotaip/{name}", None)


def test_the_matrix_of_january_2019_comes_back_row_by_row(platform: Installation) -> None:
    source = document("lotaip-a4-2019-01.txt").parents[1] / "data" / "lotaip-2019-01.json"
    printed = json.loads(source.read_text())["rows"]

    archive = zipfile.ZipFile(io.BytesIO(fetch(platform, "a4/2019-01.zip").body))

    rows = list(csv.reader(io.StringIO(archive.read("a4-2019-01-conjunto-de-datos.csv").decode(), newline="")))[1:]
    assert len(rows) == 846
    assert [(int(r[0]), r[1], r[2], r[3], r[4]) for r in rows] == [
        (
            row["unit_no"],
            row["unit"],
            row["objective"] or "INFORMACIÓN NO DISPONIBLE",
            row["indicator"],
            row["target_text"],
        )
        for row in printed
    ]


@pytest.mark.parametrize("name", ["1.3/2025-06.zip", "6/2024-12.zip", "10/2025-01.zip", "1.3/2025-06.json"])
def test_the_same_month_gives_the_same_bytes(platform: Installation, name: str) -> None:
    first, again = fetch(platform, name), fetch(platform, name)

    assert (first.status, first.body, first.headers["etag"]) == (200, again.body, again.headers["etag"])


@pytest.mark.parametrize("name", ["1.3/2199-01.zip", "99/2025-01.zip", "1.3/2025-13.json", "6/2025-11.json"])
def test_what_is_not_published_is_not_found(platform: Installation, name: str) -> None:
    answer = fetch(platform, name)

    assert (answer.status, answer.body["code"]) == (404, "nothing-published")
