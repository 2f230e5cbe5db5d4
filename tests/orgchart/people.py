"""People for tests: valid numbers, persons and appointments in one line."""

from __future__ import annotations

from typing import Any

from tests.orgchart.harness import Orgchart


def cedula(number: int) -> str:
    """The valid cédula of Azuay with this serial (0–999999)."""
    start = f"010{number:06}"
    doubled = (int(digit) * (2 if index % 2 == 0 else 1) for index, digit in enumerate(start))
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{start}{-total % 10}"


async def make_person(orgchart: Orgchart, number: int, dependencia: str = "DP-AZUAY") -> str:
    """The opaque id of a new person."""
    person = await orgchart.post(
        "/persons",
        {
            "cedula": cedula(number),
            "given_names": f"Nombre {number}",
            "family_names": f"Apellido {number}",
            "dependencia": dependencia,
        },
    )
    return str(person["person_id"])


async def appoint(orgchart: Orgchart, person: str, *, status: int = 201, **facts: Any) -> Any:
    """The answer to an appointment to the post that answers for Azuay, unless facts say otherwise."""
    body = {"person": person, "post": "DP-AZUAY.01", "kind": "holder", "valid_from": "2024-01-01", **facts}
    return await orgchart.post("/appointments", body, status=status)
