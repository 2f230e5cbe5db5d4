"""Whether a service that keeps failing is asked at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FAILURES_TO_OPEN: Final = 5
TRY_EVERY_S: Final = 2.0


class Circuit:
    """Open after some failures in a row; then one request in TRY_EVERY_S tries, until one succeeds.

    The others are answered at once, so that a service that hangs holds one caller every two seconds and not all.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= FAILURES_TO_OPEN

    def admits(self) -> bool:
        """For each request, once: while the circuit is open, yes makes it the one that tries."""
        if self._failures < FAILURES_TO_OPEN:
            return True
        now = self._now()
        if now < self._next_try:
            return False
        self._next_try = now + TRY_EVERY_S
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._next_try = self._now() + TRY_EVERY_S
