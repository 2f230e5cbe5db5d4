"""A client of the public API, as a provincial system would write one: it repeats what may have been lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

_ATTEMPTS = 5
_LOST = (429, 502, 503, 504)


class DemoFailed(Exception):
    """The installation answered something that the simulation cannot go on with."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    replayed: bool


@dataclass
class Api:
    """Calls with one account's token, renewed when it runs out."""

    base: str
    sign_in: Mapping[str, str]
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)
    _token: str | None = field(default=None, repr=False)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self.base, timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **query: str) -> Any:
        return self._expect(await self.send("GET", path, params=query), path, (200,)).body

    async def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every page of a list."""
        page = await self.get(path, limit="500", **query)
        found: list[dict[str, Any]] = page["items"]
        while page["next_cursor"]:
            page = await self.get(path, limit="500", cursor=page["next_cursor"], **query)
            found += page["items"]
        return found

    async def post(
        self, path: str, body: Any, *, key: str | None = None, accepted: tuple[int, ...] = (200, 201)
    ) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self._expect(await self.send("POST", path, json=body, headers=headers), path, accepted)

    def _expect(self, answer: Answer, path: str, accepted: tuple[int, ...]) -> Answer:
        if answer.status not in accepted:
            raise DemoFailed(f"{path}: {answer.status} {str(answer.body)[:300]}")
        return answer

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        """Lost answers, full queues and an expired token are met by trying again."""
        assert self._session is not None, "use the client as a context manager"  # noqa: S101 — a programming error
        headers = options.pop("headers", {})
        for attempt in range(_ATTEMPTS):
            token = self._token or await self._sign_in()
            try:
                async with self._session.request(
                    method, path, headers={**headers, "Authorization": f"Bearer {token}"}, **options
                ) as response:
                    if response.status == 401:
                        self._token = None
                    elif response.status not in _LOST:
                        replayed = response.headers.get("Idempotency-Replayed") == "true"
                        return Answer(response.status, await response.json(content_type=None), replayed)
                    pause_s = int(response.headers.get("Retry-After", "1"))
            except (aiohttp.ClientConnectionError, TimeoutError):
                pause_s = 2**attempt
            await asyncio.sleep(pause_s)
        raise DemoFailed(f"{method} {path}: sin respuesta útil después de {_ATTEMPTS} intentos")

    async def _sign_in(self) -> str:
        assert self._session is not None, "use the client as a context manager"  # noqa: S101 — a programming error
        if "username" in self.sign_in:
            request = self._session.post("/api/v1/auth/login", json=dict(self.sign_in))
        else:
            form = {"grant_type": "client_credentials", **self.sign_in}
            request = self._session.post("/api/v1/auth/token", data=form)
        async with request as response:
            body = await response.json(content_type=None)
        if response.status != 200:
            raise DemoFailed(f"No se pudo iniciar sesión: {response.status} {body}")
        self._token = str(body["access_token"])
        return self._token
