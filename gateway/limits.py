"""Rate limits per subject and kind of request, as a leaky bucket: even use never waits, bursts up to the quota pass."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from services.kit.problems import TooManyRequests

WINDOW_S: Final = 60.0
REMEMBERED: Final = 50_000
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN: Final = (
    "/api/v1/auth/login",
    "/api/v1/auth/token",
    "/api/v1/auth/activation",
    "/api/v1/auth/oidc/",
    "/internal/",
)


class Standing(NamedTuple):
    """Where a caller stands with one quota after a request. whole_in_s: until all of it is there again."""

    kind: str
    quota: int
    remaining: int
    whole_in_s: int
    retry_after_s: int
    is_allowed: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit-Policy` and `RateLimit` of the IETF draft: quota, window, what is left, when there is more.

        `t` is when the quota is whole again; for who is refused, when the next request passes.
        """
        return [
            (b"ratelimit-policy", f'"{self.kind}";q={self.quota};w={int(WINDOW_S)}'.encode()),
            (b"ratelimit", f'"{self.kind}";r={self.remaining};t={self.retry_after_s or self.whole_in_s}'.encode()),
        ]


class RateLimits:
    """quotas: requests per minute by kind; a kind that is missing or 0 has no limit."""

    def __init__(self, quotas: Mapping[str, int]) -> None:
        self._quotas = {kind: quota for kind, quota in quotas.items() if quota}
        # When the bucket of (kind, caller) will be empty again.
        self._empty_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def applies_to(self, kind: str) -> bool:
        return kind in self._quotas

    def take(self, kind: str, caller: str) -> Standing:
        """Counts a request of a kind that has a limit."""
        quota = self._quotas[kind]
        now, cost = time.monotonic(), WINDOW_S / quota
        key = (kind, caller)
        empty_at = max(self._empty_at.pop(key, now), now) + cost
        excess = empty_at - now - WINDOW_S
        if excess > cost * 1e-6:
            self._empty_at[key] = empty_at - cost
            return Standing(kind, quota, 0, int(WINDOW_S), math.ceil(excess), False)
        self._empty_at[key] = empty_at
        if len(self._empty_at) > REMEMBERED:
            self._empty_at.popitem(last=False)
        used_s = empty_at - now
        return Standing(kind, quota, int((WINDOW_S - used_s) / cost + 1e-6), math.ceil(used_s - 1e-6), 0, True)


def kind_of(method: str, path: str) -> str:
    """`sign_in` (by address), `read` or `write` (by subject; by address without one)."""
    if path.startswith(SIGN_IN):
        return "sign_in"
    return "read" if method in READS else "write"


def refusal(standing: Standing) -> TooManyRequests:
    return TooManyRequests(headers={"Retry-After": str(standing.retry_after_s)})
