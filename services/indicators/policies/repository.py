"""Reading and writing policy versions."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from services.indicators.domain.policy import Band, Policy
from services.indicators.measurements.knowledge import Knowledge
from services.kit.database import Connection, Pool
from services.kit.memory import once_a_revision
from services.kit.problems import FieldError, Invalid

DEFAULT_POLICY = "IESS-2025"


class UnknownPolicy(Invalid):
    code, title = "unknown-policy", "Política desconocida"
    default_detail = "No existe esa versión de la política. Consulte /policies."


_LATEST = """
SELECT code, version, bands, cap FROM indicators.policies
WHERE code = $1 AND recorded_at <= $2 ORDER BY version DESC LIMIT 1"""


class BandDocument(msgspec.Struct):
    """A band as stored: decimals are strings."""

    light: str
    low: str
    high: str | None
    label: str = ""
    colour: str = ""


def policy_of(code: str, version: int, bands: str, cap: Decimal) -> Policy:
    """The domain's policy of a stored row."""
    documents = msgspec.json.decode(bands, type=list[BandDocument])
    return Policy(
        code,
        version,
        tuple(
            Band(band.light, Decimal(band.low), None if band.high is None else Decimal(band.high)) for band in documents
        ),
        cap,
    )


async def latest_policy(reader: Connection | Pool, code: str, known_at: datetime) -> Policy | None:
    """The newest version known at an instant; None when there was none."""
    row = await reader.fetchrow(_LATEST, code, known_at)
    return policy_of(row["code"], row["version"], row["bands"], row["cap"]) if row else None


async def policy_in_force(reader: Connection | Pool, known_at: datetime) -> Policy:
    """The institution's policy at an instant, the first one before there was any."""
    policy = await latest_policy(reader, DEFAULT_POLICY, known_at) or await policy_version(reader, DEFAULT_POLICY, 1)
    if policy is None:
        raise RuntimeError("no scoring policy is installed")
    return policy


async def policy_of_reading(reader: Connection | Pool, known: Knowledge) -> Policy:
    """The policy in force at the instant of a reading."""
    if known.is_past:
        return await policy_in_force(reader, known.instant)
    return await once_a_revision("policy in force", lambda: policy_in_force(reader, known.instant))


async def chosen_policy(reader: Connection | Pool, name: str | None, known: Knowledge) -> Policy:
    """The policy named `code@version`, or the one in force. Raises UnknownPolicy."""
    if name is None:
        return await policy_of_reading(reader, known)
    code, _, version = name.partition("@")
    policy = await policy_version(reader, code, int(version))
    if policy is None:
        raise UnknownPolicy(errors=[FieldError("query/policy", UnknownPolicy.code, UnknownPolicy.default_detail)])
    return policy


async def policy_version(reader: Connection | Pool, code: str, version: int) -> Policy | None:
    """One version, by number."""
    row = await reader.fetchrow(
        "SELECT code, version, bands, cap FROM indicators.policies WHERE code = $1 AND version = $2",
        code,
        version,
    )
    return policy_of(row["code"], row["version"], row["bands"], row["cap"]) if row else None


async def add_version(
    connection: Connection, document: Mapping[str, Any], now: datetime, by: str
) -> tuple[int, Mapping[str, Any]]:
    """Append the next version of a policy. document: code, name, bands, cap, rules, reason.

    Rules that the document does not name stay as they were in the version before. Returns the version's number and all
    its rules.
    """
    row = await connection.fetchrow(
        """INSERT INTO indicators.policies
               (code, version, name, bands, cap, rules, recorded_at, recorded_by, reason)
           SELECT $1, coalesce(max(version), 0) + 1, $2, $3::jsonb, $4::text::numeric,
                  coalesce((array_agg(rules ORDER BY version DESC))[1], '{}') || $5::jsonb, $6, $7, $8
           FROM indicators.policies WHERE code = $1
           RETURNING version, rules::text""",
        document["code"],
        document["name"],
        msgspec.json.encode(document["bands"]).decode(),
        document["cap"],
        msgspec.json.encode(document["rules"]).decode(),
        now,
        by,
        document.get("reason"),
    )
    if row is None:
        raise RuntimeError("an aggregate always has one row")
    return row["version"], msgspec.json.decode(row["rules"])
