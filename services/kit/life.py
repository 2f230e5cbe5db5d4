"""A service's life: what is opened before it serves, started while it does, and ended after."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from services.kit.logs import configure
from services.kit.seeding import SeedError

log = logging.getLogger("iesspr.app")
Hook = Callable[[FastAPI], Awaitable[None]]


def life_of(
    on_start: Sequence[Hook], on_stop: Sequence[Hook]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of an application whose state build_app has filled."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        state = app.state
        configure(state.settings.log_level)
        await state.database.open()
        state.feed_signal.start()
        state.turned_away.start()
        starting = asyncio.create_task(_start(app, on_start), name="start-up")
        try:
            yield
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await _stop(app, on_stop)

    return life


async def _start(app: FastAPI, hooks: Sequence[Hook]) -> None:
    """Replica, then hooks, then ready. A service that cannot start does not linger half-started."""
    try:
        if app.state.replica is not None:
            app.state.replica.start()
            await app.state.replica.usable()
        for hook in hooks:
            await hook(app)
    except SeedError as error:
        # Plain, not a log line: it is what the person who typed `make run` must read.
        sys.stderr.write(f"{app.state.name}: {error}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGTERM)
    except Exception:  # a task that dies in silence would leave a service that is never ready
        log.exception("%s could not start", app.state.name)
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        app.state.ready = True


async def _stop(app: FastAPI, hooks: Sequence[Hook]) -> None:
    """Hooks first, while everything they may need is still there."""
    state = app.state
    for hook in hooks:
        await hook(app)
    if state.replica is not None:
        await state.replica.stop()
    for client in state.clients.values():
        await client.close()
    await state.turned_away.stop()
    await state.feed_signal.stop()
    await state.database.close()
    if state.telemetry is not None:
        await asyncio.to_thread(state.telemetry.close)
