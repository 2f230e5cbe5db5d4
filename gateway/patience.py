"""How long the gateway's own calls wait for a body. (What is forwarded has its deadline in `proxy.forwarder`.)"""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Send


class Patience:
    """Stands between the server and an application: a body that is not whole in time is as good as none.

    The application then finds that its caller has gone, and whatever it says to that is dropped: `is_over` tells.
    """

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._until = asyncio.get_running_loop().time() + seconds
        self._is_whole = False
        self.is_over = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()  # an application that listens for its caller's end
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self.is_over = True
            return {"type": "http.disconnect"}
        self._is_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if not self.is_over:
            await self._send(message)
