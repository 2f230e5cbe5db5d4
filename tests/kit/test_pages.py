"""Keyset pages against a model: every row once, in order, whatever the sort, limit and inserts meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from fastapi import Request

from iesspr.postgres import DatabaseUrls
from services.kit.database import asyncpg_arguments
from services.kit.pages import InvalidCursor, Key, Listing, PageQuery, UnknownField, UnknownSort

ROWS = [(n, f"c{n:03}", (n * 7) % 5, ["b", "a", "ñ", "z"][n % 4]) for n in range(57)]


@pytest_asyncio.fixture
async def pool(orgchart_db: DatabaseUrls) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(**asyncpg_arguments(orgchart_db.owner), min_size=1, max_size=2) as pool:
        await pool.execute("CREATE TABLE things (id bigint, code text, weight int, kind text)")
        await pool.executemany("INSERT INTO things VALUES ($1, $2, $3, $4)", ROWS)
        yield pool


def listing() -> Listing:
    return Listing(
        columns={"id": "t.id", "code": "t.code", "weight": "t.weight", "kind": "t.kind"},
        source="things t",
        keys={"code": Key("t.code"), "weight": Key("t.weight", "int"), "kind": Key('t.kind COLLATE "C"')},
        order="code",
        unique="code",
    )


def request(asked: str = "", path: str = "/") -> Request:
    return Request({"type": "http", "method": "GET", "path": path, "query_string": asked.encode(), "headers": []})


async def page(pool: Any, asked: str = "", path: str = "/", **values: Any) -> dict[str, Any]:
    """asked: the query string; values: what of it is about pages."""
    query = PageQuery(**({"limit": 50, "cursor": None, "include_total": False, "sort": None, "fields": None} | values))
    response = await listing().answer(pool, request(asked, path), query)
    document: dict[str, Any] = json.loads(bytes(response.body))
    return document


async def walk(pool: Any, **values: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        found = await page(pool, cursor=cursor, **values)
        items += found["items"]
        cursor = found["next_cursor"]
        if cursor is None:
            return items


SORTS = ("code", "-code", "weight", "-weight,code", "kind,-weight", "-kind,-weight,-code")
# One-row pages are walked for one sort only: 57 queries each.
WALKS = [(sort, limit) for sort in SORTS for limit in (2, 7, 56, 57, 58, 500)] + [("-weight,code", 1)]


@pytest.mark.parametrize(("sort", "limit"), WALKS)
async def test_walking_the_pages_gives_every_row_once_and_in_order(pool: Any, sort: str, limit: int) -> None:
    rows = sorted(ROWS, key=lambda row: row[1])
    for name in reversed(sort.split(",")):
        index = {"code": 1, "weight": 2, "kind": 3}[name.removeprefix("-")]
        rows.sort(key=lambda row: str(row[index]), reverse=name.startswith("-"))

    items = await walk(pool, limit=limit, sort=sort)

    assert [item["id"] for item in items] == [row[0] for row in rows]


async def test_rows_inserted_before_the_cursor_do_not_shift_the_next_page(pool: Any) -> None:
    first = await page(pool, limit=10)
    await pool.execute("INSERT INTO things VALUES (1000, 'a', 0, 'a')")

    second = await page(pool, limit=10, cursor=first["next_cursor"])

    assert [item["code"] for item in second["items"]] == [f"c{n:03}" for n in range(10, 20)]


async def test_the_total_counts_what_the_filters_leave(pool: Any) -> None:
    query = PageQuery(limit=1, cursor=None, include_total=True, sort=None, fields="code")

    response = await listing().where("t.weight = {}", 3).answer(pool, request(), query)

    document = json.loads(bytes(response.body))
    assert document["total"] == sum(row[2] == 3 for row in ROWS)
    assert list(document["items"][0]) == ["code"]


@pytest.mark.parametrize("cursor", ["", "abc", "!!!", "bnVsbA", "WyJ4IiwieSJd", "eyJhIjoxfQ", "é"])
async def test_a_foreign_cursor_is_refused(pool: Any, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        await page(pool, cursor=cursor)


async def test_a_cursor_of_another_order_is_refused(pool: Any) -> None:
    cursor = (await page(pool, limit=5, sort="weight"))["next_cursor"]

    with pytest.raises(InvalidCursor):
        await page(pool, cursor=cursor)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("kind=a", "/"), ("", "/")),
        (("", "/"), ("kind=a", "/")),
        (("kind=a", "/"), ("kind=b", "/")),
        (("kind=a&kind=b", "/"), ("kind=a", "/")),
        (("as_of=2019-06-01", "/"), ("as_of=2017-06-01", "/")),
        (("kind=a", "/things"), ("kind=a", "/other-things")),
    ],
)
async def test_a_cursor_of_other_filters_or_of_another_list_is_refused(
    pool: Any, first: tuple[str, str], second: tuple[str, str]
) -> None:
    cursor = (await page(pool, *first, limit=5))["next_cursor"]

    with pytest.raises(InvalidCursor):
        await page(pool, *second, cursor=cursor)


async def test_size_fields_and_the_sequence_of_filters_may_change_from_page_to_page(pool: Any) -> None:
    cursor = (await page(pool, "kind=a&kind=b&limit=5&as_of=2019-06-01&include_total=true", limit=5))["next_cursor"]

    asked = f"fields=code&as_of=2019-06-01&kind=b&kind=a&limit=3&sort=code&cursor={cursor}"
    found = await page(pool, asked, limit=3, cursor=cursor, fields="code", sort="code")

    assert found["items"] == [{"code": code} for code in ("c005", "c006", "c007")]


async def test_a_page_read_again_as_it_was_known_has_the_same_cursor(pool: Any) -> None:
    live = await page(pool, "kind=a", limit=5)
    known = await page(pool, "kind=a&known_at=2026-01-01T00:00:00Z", limit=5)

    assert known == live
    assert await page(pool, "kind=a&known_at=2026-01-02T00:00:00Z", limit=5, cursor=live["next_cursor"])


async def test_unknown_sorts_and_fields_are_refused(pool: Any) -> None:
    with pytest.raises(UnknownSort):
        await page(pool, sort="id; DROP TABLE things")
    with pytest.raises(UnknownSort):
        await page(pool, sort="code,-code")
    with pytest.raises(UnknownField):
        await page(pool, fields="code,secret")


async def test_a_number_is_ordered_as_a_number_though_its_column_is_named_bare(pool: Any) -> None:
    bare = Listing({"id": "id"}, "things", {"id": Key("id", "bigint")}, order="-id", unique="id")
    query = PageQuery(limit=500, cursor=None, include_total=False, sort=None, fields=None)

    response = await bare.answer(pool, request(), query)

    assert [item["id"] for item in json.loads(bytes(response.body))["items"]] == list(range(56, -1, -1))


async def test_a_value_bound_for_a_column_is_left_out_with_the_column(pool: Any) -> None:
    found = Listing({"id": "t.id"}, "things t", {"id": Key("t.id", "bigint")}, order="id", unique="id")
    heavy = found.bind(3)
    found.columns = {"id": "t.id", "heavy": f"t.weight > {heavy}"}
    found.where("t.id < {}", 5)
    query = PageQuery(limit=2, cursor=None, include_total=True, sort=None, fields="id")

    document = json.loads(bytes((await found.answer(pool, request(), query)).body))

    assert document["items"] == [{"id": 0}, {"id": 1}]
    assert document["total"] == 5
