"""The server's side of the extension by which an application sends a whole answer in one step (services/kit/whole)."""

from __future__ import annotations

from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from iesspr.gathered import Gathered


class WholeAnswer:
    """Stands for one request. Leaves uvicorn's cycle as its own two messages would."""

    __slots__ = ("_cycle", "_transport")

    def __init__(self, cycle: RequestResponseCycle, transport: Gathered) -> None:
        self._cycle = cycle
        self._transport = transport

    async def __call__(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        """See SendWhole. Raises RuntimeError when an answer has begun."""
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        if cycle.response_started:
            raise RuntimeError("an answer has begun")
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        parts = [STATUS_LINE[status]]
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        self._transport.write_whole(b"".join(parts), body)
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
