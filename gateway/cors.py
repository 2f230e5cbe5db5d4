"""Browsers of other origins: exactly those that the installation lists, and nothing for the rest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

Headers = list[tuple[bytes, bytes]]
METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
ALLOWED: Final = b"Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, Prefer, X-Request-Id"
EXPOSED: Final = (
    b"ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed, X-Request-Id, X-Computed-At, "
    b"X-Feed-Position"
)


def answers(origin: bytes | None, allowed: Collection[bytes]) -> Headers:
    """Headers for an answer. Without credentials: tokens travel in Authorization, never in cookies."""
    if not allowed:
        return []
    vary = (b"vary", b"Origin")
    if origin is None or origin not in allowed:
        return [vary]
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", EXPOSED),
        vary,
    ]


def preflight() -> Headers:
    return [
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", ALLOWED),
        (b"access-control-max-age", b"600"),
    ]
