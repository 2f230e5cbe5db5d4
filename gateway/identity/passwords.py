"""Argon2id with a bound: a hash takes 19 MiB and a core, so a flood of log-ins must queue, not grow."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from argon2.low_level import Type, hash_secret_raw
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from gateway.identity.common import is_expected
from gateway.problems import ExpectedPassword, WeakPassword
from services.kit.problems import FieldError, Unavailable

AT_ONCE: Final = 2
WAITING: Final = 64
NICENESS: Final = 10
MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 256

Answer = TypeVar("Answer")


class Passwords:
    """Hashes and checks secrets in at most AT_ONCE threads."""

    def __init__(self, *, memory_kib: int, rounds: int) -> None:
        # The defaults of the settings are OWASP's first choice for argon2id: 19 MiB, two rounds, one lane.
        self._memory_kib, self._rounds = memory_kib, rounds
        self._hash = PasswordHash((Argon2Hasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1),))
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2", initializer=_step_back)
        self._pending = 0
        # Verified against when nobody has the name: an unknown user costs exactly what a known one does.
        self._nobody = self._hash.hash(secrets.token_urlsafe(32))

    async def hash(self, secret: str) -> str:
        return await self._in_thread(self._hash.hash, secret)

    async def matches(self, secret: str, stored: str | None) -> bool:
        """True when the secret is the one behind the stored hash. Takes as long when there is none (None)."""
        matched = await self._in_thread(self._hash.verify, secret[: MAX_LENGTH + 1], stored or self._nobody)
        return bool(matched) and stored is not None and len(secret) <= MAX_LENGTH

    async def slow_digest(self, secret: bytes, salt: str) -> bytes:
        """The same for the same secret and salt, and as dear to guess from as a password's hash."""
        return await self._in_thread(
            partial(
                hash_secret_raw,
                secret,
                hashlib.sha256(salt.encode()).digest(),
                time_cost=self._rounds,
                memory_cost=self._memory_kib,
                parallelism=1,
                hash_len=32,
                type=Type.ID,
            )
        )

    async def _in_thread(self, work: Callable[..., Answer], *arguments: str) -> Answer:
        if self._pending >= WAITING:
            raise Unavailable("Hay demasiados inicios de sesión a la vez. Repita después de Retry-After.")
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._pending -= 1

    async def open(self) -> None:
        """Nothing to do: threads start with the first hash."""

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    """The thread that hashes yields the processor to the one that answers everybody else (Linux: per thread)."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(os.getpriority(os.PRIO_PROCESS, thread) + NICENESS, 19))


def check_strength(password: str, username: str, pointer: str = "/password") -> None:
    """Raises WeakPassword, ExpectedPassword. pointer: the member of the body that holds it.

    Length decides (NIST SP 800-63B): rules about character classes make passwords worse. What an attacker tries first
    is refused whatever its length.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or username.lower() in password.lower():
        raise WeakPassword(errors=[FieldError(pointer, WeakPassword.code, WeakPassword.default_detail)])
    if is_expected(password):
        raise ExpectedPassword(errors=[FieldError(pointer, ExpectedPassword.code, ExpectedPassword.default_detail)])
