"""One web process: `python -m iesspr.serve plans --fd 7` (supervisor) or `--host 0.0.0.0 --port 8002` (container)."""

from __future__ import annotations

import argparse
import gc
import socket
import sys

import uvicorn

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
        http="httptools",
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


def main() -> None:
    gc.disable()  # a sixth of the start-up is spent looking for garbage among modules
    parser = argparse.ArgumentParser(prog="python -m iesspr.serve", description=__doc__)
    parser.add_argument("app", choices=APPS)
    parser.add_argument("--fd", type=int, help="an open listening socket")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    server = Server(configuration(chosen.app, chosen.host, chosen.port))
    server.run(sockets=None if chosen.fd is None else [socket.socket(fileno=chosen.fd)])
    if not server.started:
        sys.exit(3)


if __name__ == "__main__":
    main()
