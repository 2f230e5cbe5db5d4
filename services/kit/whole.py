"""An ASGI extension of our own server: an answer that is all there goes out in one step.

The two messages of plain ASGI check every header twice and look at the body three times. Whoever passes on what a
strict parser has read already may skip that; on any other server the extension is absent and the messages are sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from starlette.types import Scope

EXTENSION: Final = "iesspr.whole"


class SendWhole(Protocol):
    """Sends status, headers and the whole body.

    headers: names in lower case, free of control characters; they say the body's length, unless the status has none.
    """

    async def __call__(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None: ...


def sender_of(scope: Scope) -> SendWhole | None:
    """The extension, where the server has it and nobody in between has taken it away."""
    extension: dict[str, SendWhole] = scope.get("extensions", {}).get(EXTENSION, {})
    return extension.get("send")


def without_sender(scope: Scope) -> Scope:
    """For whoever must see every message of an answer."""
    kept = {name: value for name, value in scope.get("extensions", {}).items() if name != EXTENSION}
    return {**scope, "extensions": kept}
