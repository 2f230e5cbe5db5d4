"""Whole lists as NDJSON or CSV: chosen by Accept, refused before the status leaves, compressed on request."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from fastapi import Request
from fastapi.responses import StreamingResponse

from iesspr.postgres import DatabaseUrls
from services.kit import exports
from services.kit.database import asyncpg_arguments
from services.kit.pages import InvalidCursor, Key, Listing, PageQuery, UnknownField, UnknownSort, encode_cursor, mark_of


@pytest_asyncio.fixture
async def pool(orgchart_db: DatabaseUrls) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(**asyncpg_arguments(orgchart_db.owner), min_size=1, max_size=2) as pool:
        await pool.execute("CREATE TABLE things (id bigint, name text, tags text[])")
        await pool.executemany(
            "INSERT INTO things VALUES ($1, $2, $3)",
            [(n, 'Ñandú, "el 5"' if n == 5 else None, ["a", "b"] if n == 5 else None) for n in range(1, 1101)],
        )
        yield pool


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": pairs})


def query(**values: Any) -> PageQuery:
    return PageQuery(**({"limit": 50, "cursor": None, "include_total": False, "sort": None, "fields": None} | values))


def listing() -> Listing:
    columns = {"id": "t.id", "name": "t.name", "tags": "t.tags"}
    return Listing(columns, "things t", {"id": Key("t.id", "bigint")}, order="id", unique="id")


async def body(response: Any) -> bytes:
    assert isinstance(response, StreamingResponse)
    return b"".join([bytes(piece) async for piece in response.body_iterator])  # type: ignore[arg-type]  # bytes only


async def test_ndjson_holds_every_row_whatever_the_limit(pool: Any) -> None:
    response = await listing().answer(pool, request(accept="application/x-ndjson"), query(limit=1))

    lines = (await body(response)).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1, 1101))


async def test_csv_has_a_header_line_empty_cells_for_null_and_json_for_lists(pool: Any) -> None:
    response = await listing().answer(pool, request(accept="text/csv"), query(fields="name,id,tags"))

    rows = list(csv.reader(io.StringIO((await body(response)).decode())))
    assert response.media_type == "text/csv"
    assert rows[0] == ["name", "id", "tags"]
    assert rows[1] == ["", "1", ""]
    assert rows[5] == ['Ñandú, "el 5"', "5", '["a","b"]']
    assert len(rows) == 1101


async def test_what_a_spreadsheet_would_run_leaves_as_text(pool: Any) -> None:
    texts = ["=HYPERLINK(1)", "+1+1", "@x", "\t=1", "-5.25", "a=b", ""]
    await pool.executemany("UPDATE things SET name = $2 WHERE id = $1", list(enumerate(texts, 1)))

    response = await listing().answer(pool, request(accept="text/csv"), query(fields="name,id"))

    rows = list(csv.reader(io.StringIO((await body(response)).decode(), newline="")))
    assert [row[0] for row in rows[1:8]] == ["'=HYPERLINK(1)", "'+1+1", "'@x", "'\t=1", "-5.25", "a=b", ""]


async def test_an_export_is_compressed_when_the_caller_reads_gzip(pool: Any) -> None:
    plain = await listing().answer(pool, request(accept="text/csv"), query())
    packed = await listing().answer(pool, request(accept="text/csv", accept_encoding="br, gzip;q=0.5"), query())

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(await body(packed)) == await body(plain)


@pytest.mark.parametrize(("values", "error"), [({"fields": "nope"}, UnknownField), ({"sort": "nope"}, UnknownSort)])
async def test_an_export_is_refused_before_its_status_leaves(pool: Any, values: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        await listing().answer(pool, request(accept="application/x-ndjson"), query(**values))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", exports.JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", exports.JSON),
        ("text/csv", exports.CSV),
        ("application/json;q=0.5, text/csv", exports.CSV),
        ("application/json, text/csv;q=0.5", exports.JSON),
        ("application/x-ndjson;q=x", exports.JSON),
        ("application/x-ndjson", exports.NDJSON),
    ],
)
def test_accept_chooses_the_form(accept: str, kind: str) -> None:
    assert exports.wanted(request(accept=accept)) == kind


@pytest.mark.parametrize("value", ["abc", "", "1.5", "NaN", "9" * 30])
async def test_a_forged_cursor_is_refused_and_not_an_error_of_the_server(pool: Any, value: str) -> None:
    with pytest.raises(InvalidCursor):
        await listing().answer(pool, request(), query(cursor=encode_cursor(mark_of(request(), "id"), [value])))


async def test_an_empty_sort_is_refused(pool: Any) -> None:
    with pytest.raises(UnknownSort):
        await listing().answer(pool, request(), query(sort=""))
