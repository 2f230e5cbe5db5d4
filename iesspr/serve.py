"""One web process: forked by the nursery, or in a container `python -m iesspr.serve plans --host 0.0.0.0`."""

from __future__ import annotations

import argparse
import gc
import socket
import sys
from collections.abc import Callable

import uvicorn

from iesspr.protocol import Protocol
from services.kit.starting import CANNOT_START, CannotStart

APPS = {
    "gateway": "gateway.app:create_app",
    "orgchart": "services.orgchart.app:create_app",
    "plans": "services.plans.app:create_app",
    "indicators": "services.indicators.app:create_app",
}
# The gateway keeps idle connections to services for 60 s: theirs must live longer, or it meets a closed one.
_KEEP_ALIVE_S = {"gateway": 20}
_KEEP_ALIVE_OF_A_SERVICE_S = 75


def configuration(name: str, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        APPS[name],
        factory=True,
        host=host,
        port=port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
        timeout_keep_alive=_KEEP_ALIVE_S.get(name, _KEEP_ALIVE_OF_A_SERVICE_S),
        timeout_graceful_shutdown=5,
    )


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What was loaded so far stays for good: later collections need not look at it."""
        await super().startup(sockets)
        gc.freeze()
        gc.enable()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Calls that wait for news are answered first; otherwise they would hold the stop until its deadline."""
        drain: Callable[[], None] | None = getattr(getattr(self.config.loaded_app, "state", None), "drain", None)
        if drain is not None:
            drain()
        await super().shutdown(sockets)


def serve(name: str, *, descriptor: int | None = None, host: str = "127.0.0.1", port: int = 8000) -> int:
    """Run until told to stop. Returns the exit code: CANNOT_START when somebody has to mend something first, 3 when
    the application did not start for another reason.
    """
    gc.disable()  # a sixth of the start-up is spent looking for garbage among modules
    loaded = configuration(name, host, port)
    try:
        loaded.load()  # before the server minds signals: told to stop while it imports, the process just ends
    except CannotStart as error:
        # Plain, not a log line: it is what the person who started it must read.
        print(error, file=sys.stderr, flush=True)
        return CANNOT_START
    server = Server(loaded)
    server.run(sockets=None if descriptor is None else [socket.socket(fileno=descriptor)])
    return 0 if server.started else 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m iesspr.serve", description=__doc__)
    parser.add_argument("app", choices=APPS)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    sys.exit(serve(chosen.app, host=chosen.host, port=chosen.port))


if __name__ == "__main__":
    main()
