"""SQL of the regulation. PostgreSQL builds the JSON; list, detail and history share their columns."""

from __future__ import annotations

from datetime import date

from services.kit.database import Pool
from services.kit.folding import like_pattern
from services.kit.pages import Key, Listing
from services.orgchart.dependencias.queries import IN_PLACE_OF

IN_FORCE = "{table}.valid_from <= {day} AND ({table}.valid_to IS NULL OR {table}.valid_to >= {day})"
COLUMNS = {
    "unit_id": "v.unit_id",
    "numeral": "v.numeral",
    "name": "v.name",
    "process_name": "v.process_name",
    "kind": "v.kind",
    "process_type": "v.process_type",
    "parent_numeral": "v.parent_numeral",
    "responsible_post": "v.responsible_post",
    "attribution_count": "coalesce(c.attributions, 0)",
    "product_count": "coalesce(c.products, 0)",
    "dependencia": "d.code",
    "valid_from": "v.valid_from",
    "valid_to": "v.valid_to",
    "introduced_by": "json_build_object('resolution', v.resolution, 'provision', v.provision)",
}
# {day}: the day whose counts are meant, and who stands in the place of the unit on it.
SOURCE = f"""orgchart.rof_unit_versions v
    JOIN orgchart.rof_units u ON u.id = v.unit_id
    CROSS JOIN LATERAL (SELECT {IN_PLACE_OF.replace("{id}", "u.dependencia_id")} AS code) d
    LEFT JOIN orgchart.rof_unit_counts c ON c.unit_id = v.unit_id
        AND c.valid_from <= {{day}} AND (c.valid_to IS NULL OR c.valid_to >= {{day}})"""
KEYS = {
    "numeral": Key("v.numeral_key"),
    "name": Key("v.name_folded"),
    "kind": Key("v.kind"),
    "unit_id": Key("v.unit_id"),
    "valid_from": Key("v.valid_from", "date"),
}
_TRACE = """'text', i.text, 'valid_from', i.valid_from, 'valid_to', i.valid_to, 'operation', i.operation,
    'introduced_by', json_build_object('resolution', i.resolution, 'provision', i.provision),
    'lines', to_json(i.lines)"""
ATTRIBUTION = f"json_build_object('group', i.group_title, 'letter', i.label, {_TRACE})"
PRODUCT = f"""json_build_object('supergroup', i.supergroup, 'group', i.group_title,
    'number', i.label::int, {_TRACE})"""
MANAGEMENT = f"""json_build_object('position', i.ordinal, 'group', i.group_title,
    'responsible_post', i.responsible_post, {_TRACE})"""


def _items(shape: str, owner: str, section: str, day: str) -> str:
    return f"""coalesce((SELECT json_agg({shape} ORDER BY i.position) FROM (
        SELECT i.*, row_number() OVER (ORDER BY i.position) AS ordinal FROM orgchart.rof_items i
        WHERE {owner} AND i.section = '{section}' AND {IN_FORCE.format(table="i", day=day)}) i), '[]'::json)"""


def detail_columns(day: str) -> dict[str, str]:
    """Columns of a unit with its prose on `day` (a placeholder)."""
    own, general = "i.unit_id = v.unit_id", "i.general_scope = v.general_scope"
    return {
        **COLUMNS,
        "process_group": "v.process_group",
        "alias_numerals": "to_json(v.alias_numerals)",
        "alias_names": "to_json(v.alias_names)",
        "mission": "v.mission",
        "attributions_intro": "v.attributions_intro",
        "attributions": _items(ATTRIBUTION, own, "attributions", day),
        "attributions_closing": "v.attributions_closing",
        "products": _items(PRODUCT, own, "products", day),
        "internal_management": _items(MANAGEMENT, own, "internal_management", day),
        "internal_management_note": "v.management_note",
        "general_attributions": _items(ATTRIBUTION, general, "attributions", day),
        "general_products": _items(PRODUCT, general, "products", day),
        "operation": "v.operation",
        "lines": "to_json(v.lines)",
        "text_imported": "EXISTS (SELECT 1 FROM orgchart.rof_imports)",
    }


def units_on(day: date) -> Listing:
    """A listing of the units in force on a day."""
    listing = Listing(columns=COLUMNS, source="", keys=KEYS, order="numeral", unique="unit_id")
    placeholder = f"{listing.bind(day)}::date"
    listing.source = SOURCE.format(day=placeholder)
    listing.clauses.append(IN_FORCE.format(table="v", day=placeholder))
    return listing


def named_like(listing: Listing, q: str | None) -> None:
    """Keeps units whose name, numeral or Art. 8 name contains `q`, whatever its accents and case."""
    if q is None:
        return
    pattern = listing.bind(like_pattern(q))
    alias = "EXISTS (SELECT 1 FROM orgchart.dependencias o WHERE o.id = u.dependencia_id AND EXISTS "
    alias += "(SELECT 1 FROM unnest(o.aliases_folded) a WHERE a LIKE {0}))"
    listing.clauses.append(f"(v.name_folded LIKE {{0}} OR v.numeral LIKE {{0}} OR {alias})".format(pattern))


# A numeral means the unit that bears it on the day; failing that, the one Art. 8 numbers so.
_NAMED = """v.unit_id = (SELECT n.unit_id FROM orgchart.rof_unit_versions n
    WHERE (n.numeral = $1 OR n.unit_id = $1 OR $1 = ANY(n.alias_numerals))
      AND n.valid_from <= $2::date AND (n.valid_to IS NULL OR n.valid_to >= $2::date)
    ORDER BY n.unit_id = $1 DESC, n.numeral = $1 DESC LIMIT 1)"""

# Art. 8 was never renumbered: its numerals are aliases of the original versions only.
_EVER_NAMED = """v.unit_id IN (SELECT n.unit_id FROM orgchart.rof_unit_versions n
    WHERE $1 IN (n.numeral, n.unit_id) OR ($1 = ANY(n.alias_numerals) AND n.operation <> 'renumbered'))"""


async def unit_on(pool: Pool, numeral: str, day: date) -> str | None:
    """The JSON of the unit a numeral names on a day, or None."""
    built = ", ".join(f"'{name}', {sql}" for name, sql in detail_columns("$2::date").items())
    found: str | None = await pool.fetchval(
        f"""SELECT json_build_object({built})::text FROM {SOURCE.format(day="$2::date")}
            WHERE {_NAMED} AND {IN_FORCE.format(table="v", day="$2::date")}""",
        numeral,
        day,
    )
    return found


def history_of(numeral: str, day: date | None) -> Listing:
    """A listing of every version, oldest first.

    With a day: of the unit the numeral names on it. Without: of every unit that ever bore the numeral.
    """
    listing = Listing(
        columns={**COLUMNS, "operation": "v.operation", "closed_by": "v.closed_by - 'operation'"},
        source=SOURCE.format(day="v.valid_from"),
        keys=KEYS,
        order="valid_from",
        unique="numeral,unit_id",
    )
    listing.clauses.append(_named(day))
    listing.arguments += [numeral] if day is None else [numeral, day]
    return listing


def _named(day: date | None) -> str:
    """The condition that picks the unit or units, on arguments $1 and, with a day, $2."""
    return _EVER_NAMED if day is None else _NAMED


async def was_ever_named(pool: Pool, numeral: str, day: date | None) -> bool:
    """True when the numeral names a unit on the day, or named one ever."""
    found: bool = await pool.fetchval(
        f"SELECT EXISTS (SELECT FROM orgchart.rof_unit_versions v WHERE {_named(day)})",
        *([numeral] if day is None else [numeral, day]),
    )
    return found
