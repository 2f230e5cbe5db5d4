"""Checks on members of a token, whoever issued it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

MAX_IDENTIFIER: Final = 256
MAX_TOKEN_BYTES: Final = 8 * 1024


class InvalidToken(Exception):
    """The token is not one of ours, not for this audience, or not valid now. The reason is for logs only."""


class UnknownKey(InvalidToken):
    """Signed with a key that is not known here, or not yet. Said before anything else of the token is believed."""


@contextmanager
def refusing_whatever_fails() -> Iterator[None]:
    """Around the reading of a token: every failure inside leaves as InvalidToken, the original as its cause.

    A verifier that can be made to raise something unexpected turns an attack into a 500, or worse into a handler that
    lets it through. So the net is as wide as it can be, here and nowhere else: what falls into it is refused.
    """
    try:
        yield
    except InvalidToken:
        raise
    except Exception as error:
        raise InvalidToken(f"{type(error).__name__}") from error


def identifier(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value or len(value) > MAX_IDENTIFIER or not value.isprintable():
        raise InvalidToken(f"{name} is missing or is not a short text")
    return value


def instant(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    # `type is` and not isinstance: True is an int, and 1e9 may stand for a float of doubtful precision.
    if type(value) is not int or not 0 < value < 1 << 53:
        raise InvalidToken(f"{name} is missing or is not a number of seconds")
    return value
