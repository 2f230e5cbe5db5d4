"""JSON as it comes: exact numbers, and a byte order mark that says nothing."""

from decimal import Decimal

import pytest

from services.kit.problems import InvalidJson
from services.kit.routing import parse_json

MARK = b"\xef\xbb\xbf"


def test_a_byte_order_mark_before_a_document_is_ignored() -> None:
    assert parse_json(MARK + b'{"value": 94.50}') == {"value": Decimal("94.50")}


@pytest.mark.parametrize("body", [MARK, MARK * 2 + b"{}", b"{" + MARK + b"}", b" " + MARK + b"{}"])
def test_one_anywhere_else_is_no_json(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse_json(body)
