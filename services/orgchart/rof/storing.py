"""Writes a whole codification: everything of the regulation is replaced in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from services.kit.database import Connection
from services.kit.folding import fold
from services.orgchart.domain.inheritance import general_scope, numeral_key
from services.orgchart.importers.rof.facts import UnitFacts
from services.orgchart.importers.rof.model import Codification, Fact, Source

Progress = Callable[[str, int], None]
_TRACE = ["valid_from", "valid_to", "resolution", "provision", "operation", "closed_by", "lines"]


def _trace(fact: Fact) -> tuple[Any, ...]:
    source = fact.introduced_by
    return (
        fact.valid_from, fact.valid_to, source.resolution, source.provision, str(source.operation),
        _closed(fact.closed_by), list(fact.lines),
    )  # fmt: skip


def _closed(source: Source | None) -> str | None:
    if source is None:
        return None
    document = {
        "resolution": source.resolution,
        "provision": source.provision,
        "operation": str(source.operation),
    }
    return msgspec.json.encode(document).decode()


async def store(
    connection: Connection, read: Codification, facts: Sequence[UnitFacts], ids: Mapping[int, str], progress: Progress
) -> dict[str, int]:
    """Replaces the stored regulation. Returns rows by table."""
    for table in ("rof_items", "rof_provisions", "rof_unit_counts", "rof_unit_versions"):
        await connection.execute(f"DELETE FROM orgchart.{table}")
    await connection.executemany(
        "INSERT INTO orgchart.rof_units (id) VALUES ($1) ON CONFLICT (id) DO NOTHING",
        [(unit_id,) for unit_id in sorted(set(ids.values()))],
    )
    await _resolutions(connection, read)
    await _versions(connection, facts, ids)
    progress("unidades", len(facts))
    items = _item_rows(read, ids)
    await _copy(connection, "rof_items", _ITEM_COLUMNS, items)
    progress("literales y productos", len(items))
    provisions = _provision_rows(read)
    await _copy(connection, "rof_provisions", _PROVISION_COLUMNS, provisions)
    progress("disposiciones", len(provisions))
    return {"unit_versions": len(facts), "items": len(items), "provisions": len(provisions)}


async def _copy(connection: Connection, table: str, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, schema_name="orgchart", columns=columns, records=rows)


async def _resolutions(connection: Connection, read: Codification) -> None:
    await connection.executemany(
        """INSERT INTO orgchart.resolutions (code, date, in_force_from, changes, source) VALUES ($1, $2, $3, $4, 'ROF')
           ON CONFLICT (code) DO UPDATE SET date = excluded.date, in_force_from = excluded.in_force_from,
               changes = excluded.changes, source = excluded.source""",
        [(r.code, r.date, r.in_force_from, r.changes) for r in read.resolutions],
    )


async def _versions(connection: Connection, facts: Sequence[UnitFacts], ids: Mapping[int, str]) -> None:
    await _copy(
        connection,
        "rof_unit_versions",
        [
            "unit_id", "numeral", "numeral_key", "name", "name_folded", "process_name", "kind", "process_type",
            "process_group", "parent_numeral", "responsible_post", "alias_numerals", "alias_names", "general_scope",
            "mission", "attributions_intro", "attributions_closing", "management_note", *_TRACE,
        ],
        [
            (
                ids[f.unit], f.version.numeral, numeral_key(f.version.numeral), f.version.name, fold(f.version.name),
                f.version.process_name, f.kind, f.process_type, f.version.process_group, f.parent_numeral,
                f.version.responsible_post, list(f.alias_numerals), list(f.alias_names),
                general_scope(f.kind, f.process_type, fold(f.version.name)), f.version.mission,
                f.version.attributions_intro, f.version.attributions_closing, f.version.management_note,
                *_trace(f.version),
            )
            for f in facts
        ],
    )  # fmt: skip
    await _copy(
        connection,
        "rof_unit_counts",
        ["unit_id", "valid_from", "valid_to", "attributions", "products"],
        [(ids[f.unit], c.valid_from, c.valid_to, c.attributions, c.products) for f in facts for c in f.counts],
    )


_ITEM_COLUMNS = [
    "id", "unit_id", "general_scope", "section", "supergroup", "group_title", "label", "position", "text",
    "text_folded", "responsible_post", *_TRACE,
]  # fmt: skip


def _item_rows(read: Codification, ids: Mapping[int, str]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        (
            ids[i.unit], None, str(i.section), i.supergroup, i.group, i.label, i.position, i.text, fold(i.text),
            i.responsible_post, *_trace(i),
        )
        for i in read.items
    ] + [
        (None, g.scope, str(g.section), None, None, g.label, g.position, g.text, fold(g.text), None, *_trace(g))
        for g in read.general_items
    ]  # fmt: skip
    return [(number, *row) for number, row in enumerate(rows, 1)]


_PROVISION_COLUMNS = ["id", "kind", "subkind", "label", "title", "text", "text_folded", *_TRACE]


def _provision_rows(read: Codification) -> list[tuple[Any, ...]]:
    first = read.resolutions[0]
    article_trace = (first.in_force_from, None, first.code)
    rows: list[tuple[Any, ...]] = [
        *(("disposition", d.kind, d.ordinal, None, d.text, fold(d.text), *_trace(d)) for d in read.dispositions),
        *(("competence", str(c.level), c.label, None, c.text, fold(c.text), *_trace(c)) for c in read.competences),
        *(("directive_post", None, None, None, p.name, fold(p.name), *_trace(p)) for p in read.directive_posts),
        *(
            ("structure", None, s.numeral, s.responsible_post, s.name, fold(s.name), *_trace(s))
            for s in read.structure
        ),
        *(
            ("article", None, str(a.number), a.title, a.text, fold(a.text), *article_trace, f"Art. {a.number}",
             "original", None, list(a.lines))
            for a in read.articles
        ),
    ]  # fmt: skip
    return [(number, *row) for number, row in enumerate(rows, 1)]
