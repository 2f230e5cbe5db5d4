"""How deep a batch may nest is a rule of ours, not of the interpreter's stack."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.kit.problems import TooDeep
from services.kit.routing import MAX_DEPTH, parse_json
from services.kit.rows import RowReader


class Line(msgspec.Struct):
    note: Any = None


READER = RowReader(Line)


def nested(levels: int) -> bytes:
    """A value that is that many lists inside each other."""
    return b"[" * levels + b"]" * levels


def batch(value: bytes) -> bytes:
    return b'{"source":"x","rows":[{"note":"[[{{"},{"note":' + value + b"}]}"


def test_a_batch_may_nest_as_deep_as_any_other_body() -> None:
    deepest = MAX_DEPTH - 3

    assert len(READER.json(batch(nested(deepest))).rows) == 2
    parse_json(batch(nested(deepest)))
    for reads in (READER.json, parse_json):
        with pytest.raises(TooDeep):
            reads(batch(nested(deepest + 1)))


def test_brackets_inside_a_text_are_no_levels() -> None:
    text = b'"' + b"[" * 500 + b'"'

    assert READER.json(batch(text)).rows[1].note == "[" * 500


def test_the_line_that_nests_too_deep_is_named() -> None:
    lines = b'\n{"note":1}\n\n{"note":' + nested(200) + b"}\n"

    with pytest.raises(TooDeep, match="La línea 4 "):
        READER.ndjson(lines, "x")
