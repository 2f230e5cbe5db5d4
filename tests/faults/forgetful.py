"""The indicators process with idempotency switched off: the storm must notice, or it proves nothing.

`python -m tests.faults.forgetful indicators --port 8003`
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Response

from iesspr import serve
from services.indicators.intake import router


async def every_time(*arguments: Any, **_options: Any) -> Response:
    """Stands in for `once`: acts, whatever the key says."""
    act: Callable[[], Awaitable[Response]] = arguments[6]
    return await act()


if __name__ == "__main__":
    setattr(router, "once", every_time)  # noqa: B010 — the name is an import of that module, not its attribute to set
    serve.main()
