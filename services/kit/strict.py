"""Readers that accept one spelling only: canonical base64url and JSON without surprises.

Two parsers that read one text differently are how signed tokens get forged.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 8


class NotStrict(ValueError):
    """The text is not in its one accepted spelling."""


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_bytes(text: str) -> bytes:
    """Decodes canonical base64url only: no padding, no foreign characters, no stray last bits."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise NotStrict("not base64url") from error
    if base64url(data) != text:
        raise NotStrict("not canonical base64url")
    return data


def json_object(data: bytes) -> dict[str, Any]:
    """A UTF-8 JSON object without duplicate members, NaN or infinities, at most MAX_DEPTH levels deep."""
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_members, parse_constant=_refuse)
    except RecursionError as error:
        raise NotStrict("nested too deeply") from error
    if not isinstance(document, dict):
        raise NotStrict("not a JSON object")
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return document
    raise NotStrict("nested too deeply")


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("duplicate members")
    return members


def _refuse(constant: str) -> NoReturn:
    raise NotStrict(f"{constant} is not JSON")
