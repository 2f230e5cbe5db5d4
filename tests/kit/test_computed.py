"""Computed lists page like every other list: every item once, in order, whatever the limit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse

from services.kit.computed import computed_page
from services.kit.pages import InvalidCursor, PageQuery, UnknownField, UnknownSort

ITEMS: list[dict[str, Any]] = [{"code": f"c{(n * 7) % 23:02}", "n": n} for n in range(23)]


def page(asked: str = "", **values: Any) -> dict[str, Any]:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": asked.encode(), "headers": []}
    request = Request(scope)
    query = PageQuery(**({"limit": 50, "cursor": None, "include_total": False, "sort": None, "fields": None} | values))
    response = computed_page(request, query, ITEMS, lambda item: str(item["code"]), names=["code", "n"])
    document: dict[str, Any] = json.loads(bytes(response.body))
    return document


@pytest.mark.parametrize("limit", [1, 2, 22, 23, 500])
def test_walking_gives_every_item_once_and_in_order(limit: int) -> None:
    codes: list[str] = []
    cursor = None
    while True:
        found = page(limit=limit, cursor=cursor)
        codes += [item["code"] for item in found["items"]]
        cursor = found["next_cursor"]
        if cursor is None:
            break

    assert codes == sorted(item["code"] for item in ITEMS)


def test_a_cursor_of_other_filters_is_refused() -> None:
    cursor = page("q=informes", limit=5)["next_cursor"]

    assert page("limit=2&q=informes", limit=2, cursor=cursor)["items"][0] == page(limit=6)["items"][5]
    with pytest.raises(InvalidCursor):
        page("q=actas", cursor=cursor)


def test_total_and_sparse_fields_are_as_in_other_lists() -> None:
    found = page(limit=1, include_total=True, fields="n")

    assert (found["total"], list(found["items"][0])) == (23, ["n"])


async def test_a_computed_list_is_exported_as_csv_too() -> None:
    accept = [(b"accept", b"text/csv")]
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": accept})
    query = PageQuery(limit=1, cursor=None, include_total=False, sort=None, fields="n")

    response = computed_page(request, query, ITEMS, lambda item: str(item["code"]), names=["code", "n"])

    assert isinstance(response, StreamingResponse)
    lines = b"".join([bytes(piece) async for piece in response.body_iterator]).split()  # type: ignore[arg-type]
    assert (lines[0], len(lines)) == (b"n", 24)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [({"sort": "n"}, UnknownSort), ({"fields": "x"}, UnknownField), ({"cursor": "x"}, InvalidCursor)],
)
def test_what_other_lists_refuse_is_refused(values: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        page(**values)
