"""What tests of reorganisations through the API share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.orgchart.harness import Orgchart

MERGE = {"op": "merge", "sources": ["DNPR"], "into": "DNPL"}
RENAME = {"op": "rename", "code": "DNTI", "name": "Dirección Nacional de Transformación Digital"}

CREATE = {
    "op": "create",
    "code": "DNC",
    "name": "Dirección Nacional de Calidad",
    "kind": "directorate",
    "parent": "DG",
}


def wanted(*operations: Mapping[str, Any], effective_on: str = "2026-07-01", **rest: Any) -> dict[str, Any]:
    return {"resolution": "C.D. 700", "effective_on": effective_on, "operations": list(operations), **rest}


class Peer:
    """A service that answers counts."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts

    async def get(self, path: str, *, params: Mapping[str, Any] | None = None, **_: Any) -> Any:
        if path == "/api/v1/plans":
            return {"items": [{"code": "PEI-2018-2028", "status": "in_execution", "period_to": "2028-12-31"}]}
        code = (params or {}).get("dependencia") or (params or {}).get("owner")
        return {"items": [], "total": self.counts.get(f"{path.rpartition('/')[2]}:{code}", 0)}

    async def close(self) -> None:
        return None


def with_peers(orgchart: Orgchart, **counts: int) -> Orgchart:
    """counts: `objectives__DNPR=2` means two objectives on DNPR."""
    known = {name.replace("__", ":").replace("_DP", "-DP"): count for name, count in counts.items()}
    orgchart.app.state.clients.update(plans=Peer(known), indicators=Peer(known))
    return orgchart


async def pictures(orgchart: Orgchart) -> list[bytes]:
    """What anybody can read of the organisation on several days, byte by byte."""
    paths = [
        f"{path}as_of={day}"
        for day in ("2017-05-10", "2019-06-01", "2026-06-30", "2026-07-01", "2030-01-01")
        for path in ("/dependencias?limit=500&", "/org-tree?", "/provinces?", "/zones?")
    ] + ["/resolutions", "/dependencias/DNPR/history", "/dependencias/DNPL/history", "/dependencias/DP-NAPO/history"]
    return [(await orgchart.call("GET", path)).content for path in paths]
