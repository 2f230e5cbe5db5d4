"""The organisation itself: reorganisations and the text of the regulation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.orgchart.rof.mini import FOOT, HEAD, TAIL
from tests.writes.example import Call, example, rows
from tests.writes.world import OFFICE, Writers


def rename(writers: Writers, name: str) -> dict[str, Any]:
    """A new name for a unit that nothing else here is about, from next year on."""
    later = writers.today + timedelta(days=400 + writers.number())
    operation = {"op": "rename", "code": "DNRI", "name": name}
    return {"resolution": f"C.D. {700 + writers.number()}", "effective_on": str(later), "operations": [operation]}


@example("POST /api/v1/reorganizations", "dependencia.changed", "reorganization.applied")
async def reorganises(writers: Writers) -> Call:
    body = rename(writers, "Dirección de Riesgos y Controles")
    return Call(
        OFFICE,
        "/api/v1/reorganizations",
        body,
        rows("reorganization.apply {id}"),
        other={**body, "reason": "Otra razón"},
    )


@example("POST /api/v1/reorganizations/{number}/undo", "dependencia.changed", "reorganization.undone")
async def undoes_a_reorganisation(writers: Writers) -> Call:
    made = (await writers.post(OFFICE, "/reorganizations", rename(writers, "Dirección sin efecto")))["id"]
    nobody = "00000000-0000-4000-8000-000000000000"
    return Call(
        OFFICE,
        f"/api/v1/reorganizations/{made}/undo",
        audit=rows(f"reorganization.undo {made}"),
        other_path=f"/api/v1/reorganizations/{nobody}/undo",
    )


@example("POST /api/v1/rof/imports", "rof.imported")
async def imports_the_regulation(writers: Writers) -> Call:
    # As in an installation that has no regulation yet: a short text would miss nearly all of the one that is there.
    for table in ("rof_unit_counts", "rof_unit_versions", "rof_units"):
        await writers.run("orgchart", f"DELETE FROM orgchart.{table}")
    text = f"{HEAD}{TAIL}{FOOT}".encode()
    path, audit = "/api/v1/rof/imports", rows("rof.import {import_id}")
    return Call(OFFICE, path, text, audit, other=text + b"\n", kind="text/plain; charset=utf-8")
