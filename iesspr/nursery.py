"""Loads once what the web processes share, then forks each of them: importing it four times would cost two cores
more than two seconds of every start.

Speaks lines of JSON with the supervisor. In: one line, the list of processes to start. Out: their process numbers,
then a line for each that ends. It holds nothing else, so that a fork copies no lock, thread or connection.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import FrameType

from iesspr.process import dies_with_parent

_SHARED = ("uvicorn", "uvloop", "httptools", "aiohttp", "services.kit.app")


@dataclass(frozen=True)
class Order:
    """A process to start: its descriptors are open in the nursery; its environment is complete."""

    name: str
    socket: int
    log: int
    environment: dict[str, str]


def orders_as_line(orders: Sequence[Order]) -> bytes:
    return json.dumps([asdict(order) for order in orders]).encode() + b"\n"


def main() -> None:
    gc.disable()
    for module in _SHARED:
        importlib.import_module(module)
    gc.freeze()
    line = sys.stdin.readline()
    if not line:  # the supervisor stopped before it had anything to start
        return
    orders = [Order(**order) for order in json.loads(line)]
    names: dict[int, str] = {}

    def stop_them(_number: int, _frame: FrameType | None) -> None:
        for pid in names:
            os.kill(pid, signal.SIGTERM)

    # Told to stop between two forks, it would stop those it knows and go on to start the others.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.signal(signal.SIGTERM, stop_them)
    for order in orders:
        names[_start(order, orders)] = order.name
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    _close(orders)
    _say({"pids": {name: pid for pid, name in names.items()}})
    while names:
        pid, status = os.wait()
        if name := names.pop(pid, None):
            _say({"ended": name, "code": os.waitstatus_to_exitcode(status)})


def _say(fact: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def _close(orders: Sequence[Order]) -> None:
    for order in orders:
        os.close(order.socket)
        os.close(order.log)


def _start(order: Order, orders: Sequence[Order]) -> int:
    arrange_death = dies_with_parent(signal.SIGKILL)
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        arrange_death()
        code = _be(order, orders)
    finally:
        # A forked child ends here, whatever happens: it must never return into its parent's loop.
        if (error := sys.exception()) is not None:
            traceback.print_exception(error)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _be(order: Order, orders: Sequence[Order]) -> int:
    """Become the process: own group, own log, own environment, own socket and nobody else's."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(order.log, 1)
    os.dup2(order.log, 2)
    _close([other for other in orders if other is not order])
    os.environ.clear()
    os.environ.update(order.environment)
    serve = importlib.import_module("iesspr.serve")
    try:
        return int(serve.serve(order.name, descriptor=order.socket))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1


if __name__ == "__main__":
    main()
