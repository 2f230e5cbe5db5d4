"""SQL of dependencias. PostgreSQL builds the JSON; the same columns serve list, detail, children and history."""

from __future__ import annotations

from datetime import date

from services.kit.database import Pool
from services.kit.folding import like_pattern
from services.kit.pages import Key, Listing
from services.orgchart.appointments.responsible import RESPONSIBLE

COLUMNS = {
    "code": "d.code",
    "name": "v.name",
    "kind": "v.kind",
    "parent": "parent.code",
    "numeral": "v.numeral",
    "rof_unit_id": "v.rof_unit_id",
    "province": "v.province",
    "management_level": "v.management_level",
    "technical_parent": "technical.code",
    "responsible_post": "v.responsible_post",
    "derived": "d.derived",
    "valid_from": "v.valid_from",
    # An answer for a day says what was law on it: the end that a reorganisation brought is told by the history, so
    # that what was answered for earlier days never changes.
    "valid_to": "CASE WHEN NOT v.ended_by_reorganization THEN v.valid_to END",
}
VERSION_COLUMNS = COLUMNS | {
    "valid_to": "v.valid_to",
    "operation": "v.operation",
    "introduced_by": "json_build_object('resolution', v.resolution, 'provision', v.provision)",
}
DETAIL_COLUMNS = {
    **VERSION_COLUMNS,
    "valid_to": COLUMNS["valid_to"],
    "aliases": "to_json(d.aliases)",
    "other_technical_parents": """coalesce((SELECT json_agg(o.code ORDER BY o.code) FROM orgchart.dependencias o
        WHERE o.id = ANY(v.other_technical_parent_ids)), '[]'::json)""",
    "note": "d.note",
    "source": "v.source",
    "lines": "to_json(v.lines)",
}
SOURCE = """orgchart.dependencia_versions v
    JOIN orgchart.dependencias d ON d.id = v.dependencia_id
    LEFT JOIN orgchart.dependencias parent ON parent.id = v.parent_id
    LEFT JOIN orgchart.dependencias technical ON technical.id = v.technical_parent_id"""
IN_FORCE = "v.valid_from <= {0} AND (v.valid_to IS NULL OR v.valid_to >= {0})"
# {id}: a dependencia, {day}: a date, both SQL. Itself while it stands; after it, who took over through as many acts as
# there were by that day (UNION ends at whoever comes twice: a split may leave a unit standing beside its heirs).
STANDING = """EXISTS (SELECT FROM orgchart.dependencia_versions s WHERE s.dependencia_id = {id}
    AND s.valid_from <= {day} AND (s.valid_to IS NULL OR s.valid_to >= {day}))"""
HEIRS = f"""heirs (id) AS (
        SELECT {{id}}
        UNION
        SELECT n.successor_id FROM heirs JOIN orgchart.successions n ON n.predecessor_id = heirs.id
        WHERE n.effective_on <= {{day}} AND NOT {STANDING.replace("{id}", "heirs.id")})"""
# The code of who stands for a dependencia on a day; null when that is nobody, or several: acts do not say which.
IN_PLACE_OF = f"""(CASE WHEN {STANDING} THEN (SELECT o.code FROM orgchart.dependencias o WHERE o.id = {{id}})
    ELSE (WITH RECURSIVE {HEIRS}
        SELECT min(o.code) FROM heirs JOIN orgchart.dependencias o ON o.id = heirs.id
        WHERE {STANDING.replace("{id}", "o.id")} HAVING count(*) = 1) END)"""
KEYS = {
    "code": Key("d.code"),
    "name": Key("v.name_folded"),
    "kind": Key("v.kind"),
    "id": Key("d.id", "bigint"),
    "valid_from": Key("v.valid_from", "date"),
}

# The tree in force on a day: unit, parent; walked downwards or upwards from a unit.
DOWN = """WITH RECURSIVE below (id, depth) AS (
    SELECT id, 0 FROM orgchart.dependencias WHERE code = {code}
    UNION ALL
    SELECT v.dependencia_id, below.depth + 1 FROM below JOIN orgchart.dependencia_versions v ON v.parent_id = below.id
    WHERE v.valid_from <= {day} AND (v.valid_to IS NULL OR v.valid_to >= {day}) AND below.depth < {limit})"""
UP = """WITH RECURSIVE above (id, depth) AS (
    SELECT id, 0 FROM orgchart.dependencias WHERE code = {code}
    UNION ALL
    SELECT v.parent_id, above.depth + 1 FROM above JOIN orgchart.dependencia_versions v ON v.dependencia_id = above.id
    WHERE v.parent_id IS NOT NULL AND v.valid_from <= {day} AND (v.valid_to IS NULL OR v.valid_to >= {day}))"""
DEEPEST = 50
DEPTH_ABOVE = Key("above.depth", "int")


def listing_on(day: date) -> tuple[Listing, str]:
    """A listing of the dependencias in force on a day, and the placeholder of that day."""
    listing = Listing(columns=COLUMNS, source=SOURCE, keys=KEYS, order="id", unique="id")
    placeholder = f"{listing.bind(day)}::date"
    listing.clauses.append(IN_FORCE.format(placeholder))
    return listing, placeholder


def named_like(listing: Listing, q: str | None) -> None:
    """Keeps what contains `q` in code, name or alias, whatever its accents and case."""
    if q is None:
        return
    pattern = listing.bind(like_pattern(q))
    alias = "EXISTS (SELECT 1 FROM unnest(d.aliases_folded) alias WHERE alias LIKE {0})"
    listing.clauses.append(f"(v.name_folded LIKE {{0}} OR lower(d.code) LIKE {{0}} OR {alias})".format(pattern))


def with_responsible(listing: Listing, day: date | None) -> None:
    """Adds who answers for each dependencia on a day, when a day is asked for."""
    if day is not None:
        listing.columns = {**listing.columns, "responsible": RESPONSIBLE.format(f"{listing.bind(day)}::date")}


async def detail_on(pool: Pool, code: str, day: date, responsible_on: date | None = None) -> str | None:
    """The JSON of one dependencia as it was on a day, or None; with who answers for it on another, when asked."""
    columns = DETAIL_COLUMNS
    arguments = [code, day]
    if responsible_on is not None:
        columns = {**columns, "responsible": RESPONSIBLE.format("$3::date")}
        arguments.append(responsible_on)
    built = ", ".join(f"'{name}', {sql}" for name, sql in columns.items())
    found: str | None = await pool.fetchval(
        f"SELECT json_build_object({built})::text FROM {SOURCE} WHERE d.code = $1 AND {IN_FORCE.format('$2::date')}",
        *arguments,
    )
    return found


def versions_of(code: str) -> Listing:
    """Every version of one dependencia, oldest first."""
    listing = Listing(columns=VERSION_COLUMNS, source=SOURCE, keys=KEYS, order="valid_from", unique="valid_from")
    return listing.where("d.code = {}", code)


async def was_ever(pool: Pool, code: str) -> bool:
    """True when the code was ever given to a dependencia."""
    found: bool = await pool.fetchval("SELECT EXISTS (SELECT 1 FROM orgchart.dependencias WHERE code = $1)", code)
    return found


async def exists_on(pool: Pool, code: str, day: date) -> bool:
    found: bool = await pool.fetchval(
        f"""SELECT EXISTS (SELECT 1 FROM orgchart.dependencia_versions v
            JOIN orgchart.dependencias d ON d.id = v.dependencia_id
            WHERE d.code = $1 AND {IN_FORCE.format("$2::date")})""",
        code,
        day,
    )
    return found
