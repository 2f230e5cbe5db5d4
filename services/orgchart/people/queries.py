"""SQL of persons, and whom a caller may see: those whose file or whose appointments lie in reach."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.kit.access import Caller
from services.kit.database import Connection, Pool
from services.kit.folding import like_pattern
from services.kit.pages import Key, Listing, instant
from services.orgchart.permissions import PERSON_READ
from services.orgchart.reach import reach_clause

COLUMNS = {
    "person_id": "p.id",
    "cedula": "p.cedula",
    "given_names": "p.given_names",
    "family_names": "p.family_names",
    "email": "p.email",
    "dependencia": "d.code",
    "version": "p.version",
    "recorded_at": instant("p.recorded_at"),
}
SOURCE = "orgchart.persons p JOIN orgchart.dependencias d ON d.id = p.dependencia_id"
_APPOINTED_IN_REACH = """EXISTS (SELECT FROM orgchart.appointments a JOIN orgchart.posts post ON post.id = a.post_id
    WHERE a.person_id = p.id AND {})"""
# One order of values everywhere: file first, appointments second.
_BUILT = ", ".join(f"'{name}', {sql}" for name, sql in COLUMNS.items())


def persons_in_reach(caller: Caller, day: date, permission: str = PERSON_READ) -> Listing:
    """A listing of the persons the caller may see."""
    listing = Listing(
        columns=COLUMNS,
        source=SOURCE,
        keys={"name": Key("p.name_folded"), "person_id": Key("p.id", "uuid")},
        order="name",
        unique="person_id",
    )
    by_file, values = reach_clause(caller, permission, "p.dependencia_id", day)
    by_appointment, more = reach_clause(caller, permission, "post.dependencia_id", day)
    return listing.where(f"{by_file} OR {_APPOINTED_IN_REACH.replace('{}', by_appointment)}", *values, *more)


def named_like(listing: Listing, q: str | None) -> Listing:
    """Keeps names that contain `q`, family names first, whatever its accents and case."""
    return listing.filter("p.name_folded LIKE {}", None if q is None else like_pattern(q))


async def person_in_reach(
    connection: Connection | Pool, caller: Caller, person: UUID, day: date, permission: str = PERSON_READ
) -> str | None:
    """The JSON of a person the caller may see, or None."""
    return await _one(connection, persons_in_reach(caller, day, permission).where("p.id = {}", person))


async def person_by_cedula(pool: Pool, caller: Caller, cedula: str, day: date) -> str | None:
    """The JSON of the person with this number, when the caller may see them; or None."""
    return await _one(pool, persons_in_reach(caller, day).where("p.cedula = {}", cedula))


async def _one(connection: Connection | Pool, listing: Listing) -> str | None:
    where = " AND ".join(f"({clause})" for clause in listing.clauses)
    found: str | None = await connection.fetchval(
        f"SELECT json_build_object({_BUILT})::text FROM {SOURCE} WHERE {where}", *listing.arguments
    )
    return found
