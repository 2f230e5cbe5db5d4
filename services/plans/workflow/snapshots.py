"""Approved snapshots: the plan's content as one JSON text, written once and never again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from services.kit.database import Connection, Pool
from services.plans.objectives.listing import ALIGNED_TO
from services.plans.projects.listing import COMPONENTS, OWNERS

# Everything that an approval approves; nothing that time changes by itself (overdue, updated_at).
CONTENT = f"""
SELECT json_build_object(
    'plan', (SELECT json_build_object('code', p.code, 'kind', p.kind, 'title', p.title, 'dependencia', u.code,
            'parent', p.parent, 'period_from', p.period_from, 'period_to', p.period_to)
        FROM plans.plans p JOIN plans.org_units u ON u.id = p.dependencia_id WHERE p.code = $1),
    'sections', coalesce((SELECT json_agg(json_build_object('number', s.number, 'title', s.title,
            'dependencia', u.code) ORDER BY s.ordinal)
        FROM plans.plan_sections s JOIN plans.org_units u ON u.id = s.dependencia_id WHERE s.plan = $1), '[]'::json),
    'objectives', coalesce((SELECT json_agg(json_build_object('code', o.code, 'level', o.level, 'number', o.number,
            'statement', o.statement, 'dependencia', u.code, 'section', o.section, 'valid_from', o.valid_from,
            'valid_to', o.valid_to, 'continues', o.continues, 'aligned_to', {ALIGNED_TO}) ORDER BY o.ordinal)
        FROM plans.objectives o JOIN plans.org_units u ON u.id = o.dependencia_id WHERE o.plan = $1), '[]'::json),
    'strategies', coalesce((SELECT json_agg(json_build_object('code', s.code, 'objective', s.objective,
            'text', s.text, 'in_pei', s.in_pei, 'valid_from', s.valid_from, 'valid_to', s.valid_to,
            'continues', s.continues) ORDER BY s.ordinal)
        FROM plans.strategies s WHERE s.plan = $1), '[]'::json),
    'projects', coalesce((SELECT json_agg(json_build_object('id', r.id, 'kind', r.kind, 'code', r.code,
            'number', r.number, 'name', r.name, 'dependencia', u.code, 'owners', {OWNERS},
            'start_date', r.start_date, 'end_date', r.end_date, 'carried_over', r.carried_over,
            'continues', r.continues, 'components', {COMPONENTS}) ORDER BY r.ordinal)
        FROM plans.projects r JOIN plans.org_units u ON u.id = r.dependencia_id WHERE r.plan = $1), '[]'::json)
)::text"""


async def content_of(connection: Connection | Pool, plan: str) -> str:
    """The current content of a plan that exists, as JSON text."""
    content: str = await connection.fetchval(CONTENT, plan)
    return content


def parsed(content: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = msgspec.json.decode(content)
    return document


async def freeze(
    connection: Connection, plan: str, version: int, *, approved: Mapping[str, Any], reform: int | None = None
) -> None:
    """Writes the snapshot of a version. approved: `body, act, date, by, at`."""
    content = await content_of(connection, plan)
    await connection.execute(
        """INSERT INTO plans.plan_versions (plan, version, content, sha256, reform, approval_body, approval_act,
               approval_date, approved_by, approved_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        plan,
        version,
        content,
        hashlib.sha256(content.encode()).hexdigest(),
        reform,
        approved["body"],
        approved["act"],
        approved["date"],
        approved["by"],
        approved["at"],
    )


async def frozen(connection: Connection | Pool, plan: str, version: int) -> str | None:
    """The stored text of a version, byte for byte as it was approved."""
    found: str | None = await connection.fetchval(
        "SELECT content FROM plans.plan_versions WHERE plan = $1 AND version = $2", plan, version
    )
    return found
