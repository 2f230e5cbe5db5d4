"""Real answers have exactly the shape that OpenAPI declares, so that generated clients can rely on it."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest_asyncio

from tests.orgchart.harness import Orgchart
from tests.orgchart.people import appoint, cedula, make_person


def closed(node: Any) -> Any:
    """The schema with nothing allowed that it does not name."""
    if isinstance(node, dict):
        inner = {key: closed(value) for key, value in node.items()}
        return {**inner, "additionalProperties": False} if "properties" in inner else inner
    return [closed(value) for value in node] if isinstance(node, list) else node


def check(orgchart: Orgchart, method: str, path: str, status: int, answer: Any) -> None:
    document = orgchart.app.openapi()
    content = document["paths"][f"/api/v1{path}"][method]["responses"][str(status)]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    jsonschema.validate(answer, closed(schema), cls=jsonschema.Draft202012Validator)


@pytest_asyncio.fixture
async def staffed(orgchart: Orgchart) -> tuple[Orgchart, dict[str, str]]:
    """Azuay with a holder who was absent, a substitute and a receipt; and the ids of all that."""
    ana, eva = [await make_person(orgchart, number) for number in range(2)]
    holder = await appoint(orgchart, ana, subject="ana.azuay", document="Acción 1")
    absence = await orgchart.post(f"/persons/{ana}/absences", {"valid_from": "2024-03-01", "valid_to": "2024-03-31"})
    await appoint(orgchart, eva, kind="substitute", valid_from="2024-03-01", valid_to="2024-03-15")
    rows = [
        {"cedula": cedula(7), "given_names": "Luz", "family_names": "Tres", "dependencia": "DP-LOJA", "kind": "holder",
         "valid_from": "2024-01-01"},
        {"kind": "jefe"},
    ]  # fmt: skip
    batch = await orgchart.call(
        "POST", "/appointment-batches", {"source": "x", "rows": rows}, headers={"Idempotency-Key": "uno"}
    )
    check(orgchart, "post", "/appointment-batches", 201, batch.json())
    check(orgchart, "post", "/appointments", 201, holder)
    check(orgchart, "post", "/persons/{person_id}/absences", 201, absence)
    return orgchart, {
        "person_id": ana,
        "appointment_id": holder["appointment_id"],
        "absence_id": absence["absence_id"],
        "batch_id": batch.json()["batch_id"],
    }


async def test_every_read_of_people_answers_what_it_declares(staffed: tuple[Orgchart, dict[str, str]]) -> None:
    orgchart, ids = staffed
    paths = {
        "/posts": {}, "/posts/{code}": {"code": "DP-AZUAY.01"}, "/persons": {}, "/persons/{person_id}": {},
        "/persons/{person_id}/absences": {}, "/persons/{person_id}/absences/{absence_id}": {}, "/appointments": {},
        "/appointments/{appointment_id}": {}, "/appointments/{appointment_id}/history": {},
        "/dependencias/{code}/appointments": {"code": "DP-AZUAY"}, "/appointment-batches/{batch_id}": {},
        "/dependencias": {}, "/dependencias/{code}": {"code": "DP-AZUAY"},
    }  # fmt: skip
    for path, more in paths.items():
        query: dict[str, Any] = {"responsible_on": "2024-03-03"} if path.startswith("/dependencias") else {}
        if path.endswith("/appointments") and query:
            query = {"as_of": "2024-03-03"}

        if path != "/dependencias" and not path.endswith("}"):
            query["include_total"] = "true"

        answer = await orgchart.get(path.format(**ids, **more), **query)

        assert "items" not in answer or answer["items"], path
        check(orgchart, "get", path, 200, answer)


async def test_every_list_of_people_counts_sorts_and_narrows(staffed: tuple[Orgchart, dict[str, str]]) -> None:
    orgchart, ids = staffed
    lists = {
        "/posts": ("-code", "code"),
        "/persons": ("-name", "person_id"),
        f"/persons/{ids['person_id']}/absences": ("valid_from", "absence_id"),
        "/appointments": ("-valid_from,kind", "name"),
        f"/appointments/{ids['appointment_id']}/history": ("-version", "version"),
        "/dependencias/DP-AZUAY/appointments": ("post", "person"),
    }
    for path, (sort, field) in lists.items():
        query: dict[str, Any] = {"as_of": "2024-03-03"} if path.startswith("/dependencias") else {}

        page = await orgchart.get(path, limit=1, include_total="true", sort=sort, fields=field, **query)

        assert list(page["items"][0]) == [field], path
        assert len(await orgchart.items(path, sort=sort, **query)) == page["total"] >= 1, path
