"""Pages of a list that was computed, not selected: the same parameters and the same shape as every other list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from services.kit import exports
from services.kit.answers import answer, json_bytes
from services.kit.pages import PageQuery, UnknownField, UnknownSort, decode_cursor, encode_cursor, mark_of
from services.kit.problems import FieldError

Item = Mapping[str, Any]


def computed_page(
    request: Request,
    page: PageQuery,
    items: Sequence[Item],
    key: Callable[[Item], str],
    *,
    names: Sequence[str],
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """One page of `items`, ordered by `key`, which is unique and stable while other items come and go.

    names: the fields an item has, for `fields=`. Raises UnknownSort (the order is fixed), UnknownField, InvalidCursor.
    """
    if page.sort is not None:
        detail = "Esta lista tiene un orden propio y no admite sort."
        raise UnknownSort(detail, errors=[FieldError("query/sort", UnknownSort.code, detail)])
    ordered = sorted(items, key=key)
    columns = wanted_fields(page.fields, names)
    if (kind := exports.wanted(request)) != exports.JSON:
        lines = [json_bytes(_sparse(item, page.fields, names)).decode() for item in ordered]
        return exports.streamed(request, kind, columns, _at_once(lines))
    mark = mark_of(request, "computed")
    rest = _after(ordered, key, page.cursor, mark)
    shown = rest[: page.limit]
    cursor = encode_cursor(mark, [key(shown[-1])]) if len(rest) > page.limit else None
    document = {"items": [_sparse(item, page.fields, names) for item in shown], "next_cursor": cursor, **(extra or {})}
    if page.include_total:
        document["total"] = len(ordered)
    return answer(request, json_bytes(document))


def _after(ordered: Sequence[Item], key: Callable[[Item], str], cursor: str | None, mark: str) -> Sequence[Item]:
    if cursor is None:
        return ordered
    last = decode_cursor(cursor, mark, 1)[0]
    return [item for item in ordered if key(item) > last]


async def _at_once(lines: list[str]) -> AsyncIterator[list[str]]:
    if lines:
        yield lines


def _sparse(item: Item, fields: str | None, names: Sequence[str]) -> Item:
    return item if fields is None else {name: item[name] for name in wanted_fields(fields, names)}


def wanted_fields(fields: str | None, names: Sequence[str]) -> list[str]:
    """The fields asked for, each once. Raises UnknownField."""
    wanted = list(dict.fromkeys(fields.split(","))) if fields is not None else list(names)
    for name in wanted:
        if name not in names:
            detail = f"No existe el campo «{name}». Campos: {', '.join(names)}."
            raise UnknownField(detail, errors=[FieldError("query/fields", UnknownField.code, detail)])
    return wanted
