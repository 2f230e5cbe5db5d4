"""Single resources from the same SQL as their list, and the filters that lists share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from services.kit.answers import answer
from services.kit.database import Connection, Pool
from services.kit.pages import Listing
from services.kit.problems import NotFound
from services.kit.spelling import Day
from services.plans.folding import folded

AsOf = Annotated[Day | None, Query(description="Lo vigente en esta fecha")]
Codes = Annotated[list[str] | None, Query(max_length=100)]
Search = Annotated[str | None, Query(min_length=2, max_length=200, description="Sin distinguir tildes ni mayúsculas")]


async def item_text(connection: Connection | Pool, listing: Listing) -> str:
    """JSON text of the one item of a listing narrowed to its key. Raises NotFound."""
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in listing.columns.items())
    where = " AND ".join(f"({clause})" for clause in listing.clauses)
    sql = f"SELECT json_build_object({pairs})::text FROM {listing.source} WHERE {where}"
    found: str | None = await connection.fetchval(sql, *listing.arguments)
    if found is None:
        raise NotFound
    return found


async def only(listing: Listing, pool: Pool, request: Request) -> Response:
    """The one item as an answer with its ETag. Raises NotFound."""
    return answer(request, await item_text(pool, listing))


def of_dependencia(listing: Listing, column: str, codes: list[str] | None, subtree: bool) -> None:
    """Keeps the rows of these dependencias, or of everything below them too."""
    if not codes:
        return
    if subtree:
        listing.where(
            f"""{column} IN (SELECT c.descendant_id FROM plans.org_closure c
                JOIN plans.org_units a ON a.id = c.ancestor_id WHERE a.code = ANY({{}}::text[]))""",
            codes,
        )
    else:
        listing.where(f"{column} IN (SELECT id FROM plans.org_units WHERE code = ANY({{}}::text[]))", codes)


def containing(listing: Listing, column: str, text: str | None) -> None:
    """Keeps the rows whose folded column contains the folded text."""
    if text is not None:
        listing.where(f"strpos({column}, {{}}) > 0", folded(text))
