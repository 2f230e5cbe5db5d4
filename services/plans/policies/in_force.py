"""Which version of a policy judges on a day: the one whose validity began last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from services.kit.database import Connection, Pool
from services.kit.problems import Conflict
from services.plans.policies.rules import Kind


class NoPolicy(Conflict):
    code, title = "policy-missing", "No hay política vigente"
    default_detail = "Ninguna versión de esta política rige en la fecha."


@dataclass(frozen=True, slots=True)
class InForce:
    """rules: as kept, decimals as text. name: what an answer says it was judged by."""

    code: str
    version: int
    rules: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.code}@{self.version}"


# $1 kind, $2 day
IN_FORCE = """SELECT v.code, v.version, v.rules::text AS rules FROM plans.policies v
    WHERE v.kind = $1 AND $2 >= v.valid_from AND (v.valid_to IS NULL OR $2 <= v.valid_to)
    ORDER BY v.valid_from DESC, v.version DESC LIMIT 1"""


async def policy_on(connection: Connection | Pool, kind: Kind, day: date) -> InForce:
    """The version that judges on the day. Raises NoPolicy."""
    row = await connection.fetchrow(IN_FORCE, kind, day)
    if row is None:
        raise NoPolicy
    return InForce(row["code"], row["version"], msgspec.json.decode(row["rules"]))
