"""Real answers have the shape that the OpenAPI document declares."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tests.orgchart.harness import Orgchart

READS = [
    "/dependencias", "/dependencias/DP-AZUAY", "/dependencias/DP-AZUAY/children", "/dependencias/DP-AZUAY/history",
    "/dependencias/DP-AZUAY/succession", "/org-tree", "/zones", "/provinces", "/resolutions", "/rof/units",
    "/rof/units/6.2.4", "/rof/units/5.4.1/history", "/rof/units/6.3.4/attributions/kk/history",
    "/rof/diff?from=2017-05-10&to=2019-06-01", "/rof/search?q=plan", "/rof/competent-units?q=plan", "/rof/imports",
    "/rof/provisions?limit=500", "/rof/export?as_of=2019-06-01", "/reorganizations",
]  # fmt: skip
TEMPLATES = {
    "DP-AZUAY": "{code}", "6.2.4": "{numeral}", "5.4.1": "{numeral}", "6.3.4": "{numeral}", "kk": "{letter}",
}  # fmt: skip


def declared(orgchart: Orgchart, path: str) -> dict[str, Any]:
    document: dict[str, Any] = orgchart.app.openapi()
    template = "/api/v1" + "/".join(TEMPLATES.get(part, part) for part in path.partition("?")[0].split("/"))
    schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return {**schema, "components": document["components"]}


@pytest.mark.parametrize("path", READS)
async def test_a_real_answer_is_what_was_declared(imported: Orgchart, path: str) -> None:
    answer = await imported.call("GET", path)
    schema = declared(imported, path)

    assert answer.status_code == 200, answer.text
    assert schema.keys() - {"components"}, "the operation declares no schema"
    jsonschema.validate(answer.json(), schema)


async def test_every_list_takes_the_parameters_of_lists(imported: Orgchart) -> None:
    for path in ("/rof/search?q=plan", "/rof/competent-units?q=plan", "/rof/units/5.4.1/history", "/rof/provisions"):
        mark = "&" if "?" in path else "?"
        first = await imported.get(f"{path}{mark}limit=1&include_total=true")
        assert first["total"] > 1
        second = await imported.get(f"{path}{mark}limit=1&cursor={first['next_cursor']}")
        assert second["items"] != first["items"]
