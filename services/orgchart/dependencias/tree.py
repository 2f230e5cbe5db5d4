"""The organisation as one nested document, built from rows that come in order, parents before children."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from services.kit.database import Pool
from services.orgchart.dependencias.queries import DEEPEST, DOWN


@dataclass(frozen=True, slots=True)
class Node:
    id: int
    parent_id: int | None
    json_head: str


async def nodes_below(pool: Pool, root: str, day: date, depth: int | None) -> list[Node]:
    """The root and what hangs below it on a day, at most `depth` levels down; parents first, siblings by id."""
    walk = DOWN.format(code="$1", day="$2::date", limit="$3::int")
    rows = await pool.fetch(
        f"""{walk} SELECT d.id, v.parent_id, d.code, v.name, v.kind
            FROM below JOIN orgchart.dependencias d ON d.id = below.id
            JOIN orgchart.dependencia_versions v ON v.dependencia_id = d.id
              AND v.valid_from <= $2 AND (v.valid_to IS NULL OR v.valid_to >= $2)
            ORDER BY below.depth, d.id""",
        root,
        day,
        DEEPEST if depth is None else depth,
    )
    return [Node(row[0], row[1], _head(row[2], row[3], row[4])) for row in rows]


def _head(code: str, name: str, kind: str) -> str:
    return msgspec.json.encode({"code": code, "name": name, "kind": kind}).decode()[:-1]


def nested(nodes: Sequence[Node]) -> str:
    """The JSON of the first node with its descendants inside. nodes: parents before children, never empty."""
    children: dict[int, list[str]] = {node.id: [] for node in nodes}
    for node in reversed(nodes[1:]):
        if node.parent_id is not None:
            children[node.parent_id].append(_document(node, children[node.id]))
    return _document(nodes[0], children[nodes[0].id])


def _document(node: Node, inner: list[str]) -> str:
    # Children were met last to first.
    return f'{node.json_head},"children":[{",".join(reversed(inner))}]}}'
