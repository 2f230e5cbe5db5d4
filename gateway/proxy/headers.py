"""Which headers cross the gateway. Towards services an allow-list: no spelling of an identity header can pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_NONE: Final[frozenset[bytes]] = frozenset()
Raw = Sequence[tuple[bytes, bytes]]

PASSED_ON: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"content-type",
        b"content-encoding",
        b"content-language",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"if-range",
        b"range",
        b"idempotency-key",
        b"prefer",
        b"user-agent",
    }
)

NOT_PASSED_BACK: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"server",
        b"date",
        b"x-request-id",
        b"traceparent",
        b"set-cookie",
        b"ratelimit",
        b"ratelimit-policy",
        b"access-control-allow-origin",
        b"access-control-expose-headers",
        b"x-content-type-options",
        b"referrer-policy",
        b"x-frame-options",
        b"strict-transport-security",
    }
)


def listed_in_connection(headers: Raw) -> frozenset[bytes]:
    """Names that Connection declares to be for this hop only."""
    listed = [value for name, value in headers if name == b"connection"]
    if not listed:
        return _NONE
    return frozenset(part.strip().lower() for value in listed for part in value.split(b","))


def towards_service(headers: Raw) -> list[tuple[bytes, bytes]]:
    """The caller's headers (names in lower case) that a service may see."""
    hop = listed_in_connection(headers)
    return [(name, value) for name, value in headers if name in PASSED_ON and name not in hop]


def towards_caller(headers: Raw) -> list[tuple[bytes, bytes]]:
    """A service's headers (names in lower case) that the caller may see."""
    hop = listed_in_connection(headers)
    return [(name, value) for name, value in headers if name not in NOT_PASSED_BACK and name not in hop]
