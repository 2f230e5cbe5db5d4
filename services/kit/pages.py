"""Lists: filters, keyset pages, sparse fields. PostgreSQL builds each item's JSON; Python only joins the bytes.

listing = Listing(
    columns={"code": "u.code", "name": "u.name"},
    source="orgchart.units u",
    keys={"code": Key("u.code"), "name": Key("u.name_folded")},
    order="code", unique="code",
)
listing.where("u.kind = ANY({})", kinds)
return await listing.answer(pool, request, page)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import Depends, Query, Request, Response

from services.kit import exports
from services.kit.answers import answer
from services.kit.database import Connection, Pool
from services.kit.problems import FieldError, Invalid, NotFound
from services.kit.spelling import InDigits

NDJSON = exports.NDJSON


class InvalidCursor(Invalid):
    code, title = "invalid-cursor", "Cursor no válido"
    default_detail = "El cursor no proviene de esta lista con estos filtros y este orden. Empiece otra vez sin cursor."


_CURSOR_ERRORS = [FieldError("query/cursor", InvalidCursor.code, InvalidCursor.default_detail)]


class UnknownSort(Invalid):
    code, title = "unknown-sort", "Orden desconocido"


class UnknownField(Invalid):
    code, title = "unknown-field", "Campo desconocido"


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key: SQL that is never null, and its type for reading it back from a cursor."""

    sql: str
    type: str = "text"


@dataclass(frozen=True, slots=True)
class PageQuery:
    limit: int
    cursor: str | None
    include_total: bool
    sort: str | None
    fields: str | None


async def page_query(
    limit: Annotated[int, Query(ge=1, le=500, description="Elementos por página"), InDigits] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next_cursor` de la página anterior")] = None,
    include_total: Annotated[bool, Query(description="Añade `total`")] = False,
    sort: Annotated[str | None, Query(max_length=200, description="Claves separadas por comas; `-` invierte")] = None,
    fields: Annotated[str | None, Query(max_length=1000, description="Solo estos campos, separados por comas")] = None,
) -> PageQuery:
    # async although it awaits nothing: FastAPI sends plain functions to a thread, which costs more than the query.
    return PageQuery(limit, cursor, include_total, sort, fields)


_PLACEHOLDER = re.compile(r"\$(\d+)")
# What may change from one page to the next: how many items come, and what is shown of each. `sort` is in the order.
# `known_at`: a page read again as it was known is the same to the byte, its cursor too; positions are keys of the list.
_FREE = frozenset({"limit", "cursor", "include_total", "fields", "expand", "sort", "known_at"})
Page = Annotated[PageQuery, Depends(page_query)]


def instant(column: str) -> str:
    """SQL of an RFC 3339 UTC instant with `Z` (PostgreSQL's own JSON form ends in +00:00)."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def mark_of(request: Request, order: str) -> str:
    """What a cursor belongs to, as a short text: the list, its filters (in any sequence) and its order.

    The position behind it means nothing elsewhere: under other filters pages would leave rows out without a word.
    """
    filters = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _FREE)
    asked = msgspec.json.encode([request.scope["path"], order, filters])
    return hashlib.blake2b(asked, digest_size=9).hexdigest()


def encode_cursor(order: str, values: Sequence[str]) -> str:
    """The position after `values`. order: what the cursor belongs to, a `mark_of` or a name; no other reads it."""
    return base64.urlsafe_b64encode(msgspec.json.encode([order, *values])).rstrip(b"=").decode()


def decode_cursor(cursor: str, order: str, count: int) -> list[str]:
    """The key values after which the next page starts. Raises InvalidCursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=list[str])
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeEncodeError) as error:
        raise InvalidCursor(errors=_CURSOR_ERRORS) from error
    if len(parts) != count + 1 or parts[0] != order or any("\x00" in part for part in parts):
        raise InvalidCursor(errors=_CURSOR_ERRORS)
    return parts[1:]


@dataclass(slots=True)
class Listing:
    """One list endpoint's SQL. Column and key SQL are constants of the code; every value is a numbered argument.

    shown_from: FROM clause of what columns use and no condition needs: it is worked out for the rows of the page only.
    """

    columns: Mapping[str, str]
    source: str
    keys: Mapping[str, Key]
    order: str
    unique: str
    clauses: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    prelude: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    shown_from: str = ""

    def bind(self, value: Any) -> str:
        """A placeholder for the value, for use in `source`, `prelude` or a column."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def where(self, clause: str, *values: Any) -> Listing:
        """Adds a condition; each `{}` in it becomes the placeholder of one value."""
        self.clauses.append(clause.format(*(self.bind(value) for value in values)))
        return self

    def filter(self, clause: str, value: Any) -> Listing:
        """Adds the condition only when the caller gave the parameter (an empty list counts as not given)."""
        return self if value is None or value == [] else self.where(clause, value)

    async def answer(self, pool: Pool, request: Request, page: PageQuery) -> Response:
        kind = exports.wanted(request)
        if kind != exports.JSON:
            return exports.streamed(request, kind, self._names(page.fields), self._batches(pool, self._whole(page)))
        order = self._order(page.sort)
        total = await self._total(pool) if page.include_total else None
        body = await self._page(pool, page, order, mark_of(request, page.sort or self.order))
        if total is not None:
            body = f'{body[:-1]},"total":{total}}}'
        return answer(request, body)

    async def one(self, pool: Pool, request: Request) -> Response:
        """The one item of a listing narrowed to its key. Raises NotFound."""
        return answer(request, await self.text(pool))

    async def text(self, connection: Connection | Pool) -> str:
        """Its JSON, as `one` answers it: what If-Match is compared with. Raises NotFound."""
        sql = f"{self.prelude} SELECT ({self._item(None)})::text FROM {self.source}{_where(self.clauses)}"
        found: str | None = await connection.fetchval(sql, *self.arguments)
        if found is None:
            raise NotFound
        return found

    async def _page(self, pool: Pool, page: PageQuery, order: list[tuple[Key, bool]], mark: str) -> str:
        arguments = list(self.arguments)
        after: list[str] = []
        if page.cursor is not None:
            values = decode_cursor(page.cursor, mark, len(order))
            after = _after(order, values, arguments)
        # Named, because ORDER BY takes an output column before a table's: `position` would be sorted as its text.
        keys = ", ".join(f"({key.sql})::text AS _key{index}" for index, (key, _) in enumerate(order))
        source, clauses = self.page_source(order, after, page.limit + 1)
        sql = f"{self._select(self._item(page.fields), keys, source, clauses, order)} LIMIT {page.limit + 1}"
        if page.fields is not None:
            sql, arguments = _used(sql, arguments)
        try:
            rows = await pool.fetch(sql, *arguments)
        except asyncpg.DataError as error:
            if page.cursor is None:
                raise
            # The cursor is opaque, not signed: a text that is no value of its key comes from no page of ours.
            raise InvalidCursor(errors=_CURSOR_ERRORS) from error
        shown = rows[: page.limit]
        cursor = encode_cursor(mark, [str(v) for v in shown[-1].values()][1:]) if len(rows) > page.limit else None
        joined = ",".join([row[0] for row in shown])
        tail = "".join(f',"{key}":{value}' for key, value in self.extra.items())
        return f'{{"items":[{joined}],"next_cursor":{msgspec.json.encode(cursor).decode()}{tail}}}'

    async def _total(self, pool: Pool) -> int:
        sql = f"{self.prelude} SELECT count(*) FROM {self.source}{_where(self.clauses)}"
        sql, arguments = _used(sql, self.arguments)
        count: int = await pool.fetchval(sql, *arguments)
        return count

    def _whole(self, page: PageQuery) -> str:
        """The SQL of the whole list. Raises here and not while streaming: by then the status has left."""
        return self._select(self._item(page.fields), "1", self.source, self.clauses, self._order(page.sort))

    async def _batches(self, pool: Pool, sql: str) -> AsyncIterator[list[str]]:
        """The items' JSON through a server-side cursor: memory stays bounded."""
        sql, arguments = _used(sql, self.arguments)
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            batch: list[str] = []
            async for row in connection.cursor(sql, *arguments, prefetch=500):
                batch.append(row[0])
                if len(batch) == 500:
                    yield batch
                    batch = []
            if batch:
                yield batch

    def page_source(self, order: list[tuple[Key, bool]], after: list[str], limit: int) -> tuple[str, list[str]]:
        """Where the rows of a page come from, and what they must still fulfil: the whole and every condition, unless a
        list knows how to look up fewer.

        order: keys, each with whether it descends; after: conditions of the cursor, the first of them on the first key.
        """
        return self.source, [*self.clauses, *after]

    def _select(self, item: str, keys: str, source: str, clauses: list[str], order: list[tuple[Key, bool]]) -> str:
        by = ", ".join(f"{key.sql} {'DESC' if descending else 'ASC'}" for key, descending in order)
        return f"{self.prelude} SELECT ({item})::text, {keys} FROM {source}{_where(clauses)} ORDER BY {by}"

    def _names(self, fields: str | None) -> list[str]:
        """The columns asked for, in the order asked, each once. Raises UnknownField."""
        if fields is None:
            return list(self.columns)
        names = fields.split(",")
        unknown = [name for name in names if name not in self.columns]
        if unknown:
            detail = f"No existe el campo «{unknown[0]}». Campos: {', '.join(self.columns)}."
            raise UnknownField(detail, errors=[FieldError("query/fields", UnknownField.code, detail)])
        return list(dict.fromkeys(names))

    def _item(self, fields: str | None) -> str:
        item = "json_build_object(" + ", ".join(f"'{n}', {self.columns[n]}" for n in self._names(fields)) + ")"
        return f"SELECT {item} {self.shown_from}" if self.shown_from else item

    def _order(self, sort: str | None) -> list[tuple[Key, bool]]:
        names = (self.order if sort is None else sort).split(",")
        order: dict[str, bool] = {}
        for name in names:
            bare = name.removeprefix("-")
            if bare not in self.keys or bare in order:
                detail = (
                    f"No se puede ordenar por «{name}». Claves: {', '.join(self.keys)}; cada una a lo sumo una vez."
                )
                raise UnknownSort(detail, errors=[FieldError("query/sort", UnknownSort.code, detail)])
            order[bare] = name.startswith("-")
        for name in self.unique.split(","):
            order.setdefault(name, False)
        return [(self.keys[name], descending) for name, descending in order.items()]


def _used(sql: str, arguments: Sequence[Any]) -> tuple[str, list[Any]]:
    """The statement with only the arguments it mentions: PostgreSQL cannot type one that no text refers to.

    A count leaves the columns out, sparse fields some of them, and with them what was bound for them.
    """
    numbers = sorted({int(number) for number in _PLACEHOLDER.findall(sql)})
    place = {number: index for index, number in enumerate(numbers, 1)}
    return _PLACEHOLDER.sub(lambda found: f"${place[int(found[1])]}", sql), [arguments[n - 1] for n in numbers]


def _where(clauses: Sequence[str]) -> str:
    return " WHERE " + " AND ".join(f"({clause})" for clause in clauses) if clauses else ""


def _after(order: list[tuple[Key, bool]], values: list[str], arguments: list[Any]) -> list[str]:
    """Rows that come after the cursor: a >= x, and (a > x) OR (a = x AND b > y) …, per key in its own direction.

    The first condition says nothing new; it is there for the index, which an OR leaves aside.
    """
    placeholders = []
    for (key, _), value in zip(order, values, strict=True):
        arguments.append(value)
        placeholders.append(f"(${len(arguments)}::text)::{key.type}")
    alternatives = []
    for index, (key, descending) in enumerate(order):
        same = [f"{k.sql} = {p}" for (k, _), p in zip(order[:index], placeholders[:index], strict=True)]
        alternatives.append(" AND ".join([*same, f"{key.sql} {'<' if descending else '>'} {placeholders[index]}"]))
    key, descending = order[0]
    bound = f"{key.sql} {'<=' if descending else '>='} {placeholders[0]}"
    return [bound, " OR ".join(f"({alternative})" for alternative in alternatives)]
