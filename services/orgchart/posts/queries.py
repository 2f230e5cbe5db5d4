"""SQL of posts: what is stored of a post, beside what the regulation says of its dependencia."""

from __future__ import annotations

from datetime import date

from services.kit.database import Connection, Pool
from services.kit.pages import Key, Listing
from services.orgchart.posts.schemas import NAMINGS

# The days on which a post exists; `p` is the post. Its dependencia's, unless it has its own.
LIFE = """LATERAL (SELECT coalesce(p.valid_from, min(v.valid_from)) AS valid_from,
        coalesce(p.valid_to, nullif(max(coalesce(v.valid_to, 'infinity')), 'infinity')) AS valid_to
    FROM orgchart.dependencia_versions v WHERE v.dependencia_id = p.dependencia_id) life"""
# What the regulation calls it on {0}: the version in force then, or the nearest one.
_NAMED = """LATERAL (SELECT v.responsible_post FROM orgchart.dependencia_versions v
    WHERE p.responsible AND v.dependencia_id = p.dependencia_id
    ORDER BY (v.valid_from > {0}), abs(v.valid_from - {0}) LIMIT 1) printed"""
_NAMING = f"""CASE WHEN p.name IS NOT NULL OR printed.responsible_post ~* '\\mmanual\\M' THEN '{NAMINGS[1]}'
    WHEN printed.responsible_post IS NOT NULL THEN '{NAMINGS[0]}' ELSE '{NAMINGS[2]}' END"""
_VACANT = """NOT EXISTS (SELECT FROM orgchart.appointments a WHERE a.post_id = p.id AND a.revoked_at IS NULL
    AND a.kind <> 'substitute' AND a.valid_from <= {0} AND (a.valid_to IS NULL OR a.valid_to >= {0}))"""


def name_on(day: str) -> str:
    """SQL of a post's name on a day, for a query that has the post as `p`."""
    return f"coalesce(p.name, (SELECT responsible_post FROM {_NAMED.format(day).replace('LATERAL ', '')}))"


def posts_on(day: date) -> tuple[Listing, str]:
    """A listing of the posts that exist on a day, and the placeholder of that day."""
    listing = Listing(
        columns={},
        source="",
        keys={"code": Key("p.code"), "dependencia": Key("d.id", "bigint"), "id": Key("p.id", "bigint")},
        order="dependencia",
        unique="code",
    )
    day_sql = f"{listing.bind(day)}::date"
    listing.columns = {
        "code": "p.code",
        "dependencia": "d.code",
        "name": "coalesce(p.name, printed.responsible_post)",
        "naming": _NAMING,
        "responsible": "p.responsible",
        "collegiate": "p.collegiate",
        "vacant": _VACANT.format(day_sql),
        "valid_from": "life.valid_from",
        "valid_to": "life.valid_to",
        "version": "p.version",
    }
    listing.source = f"""orgchart.posts p JOIN orgchart.dependencias d ON d.id = p.dependencia_id
        JOIN {LIFE} ON true LEFT JOIN {_NAMED.format(day_sql)} ON true"""
    return listing, day_sql


def in_life(listing: Listing, day_sql: str) -> Listing:
    return listing.where(f"life.valid_from <= {day_sql} AND (life.valid_to IS NULL OR life.valid_to >= {day_sql})")


def naming_is(listing: Listing, naming: list[str] | None) -> Listing:
    return listing.filter(f"{_NAMING} = ANY({{}})", naming)


def vacancy_is(listing: Listing, day_sql: str, vacant: bool | None) -> Listing:
    return listing.filter(f"({_VACANT.format(day_sql)}) = {{}}", vacant)


async def post_document(connection: Connection | Pool, code: str, day: date) -> str | None:
    """The JSON of one post as it is called on a day, whether or not it exists then."""
    listing, _ = posts_on(day)
    listing.where("p.code = {}", code)
    built = ", ".join(f"'{name}', {sql}" for name, sql in listing.columns.items())
    found: str | None = await connection.fetchval(
        f"SELECT json_build_object({built})::text FROM {listing.source} WHERE {listing.clauses[0]}", *listing.arguments
    )
    return found
