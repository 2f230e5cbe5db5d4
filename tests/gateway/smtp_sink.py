"""A mail server as a process of its own: `python -m tests.gateway.smtp_sink <port> <folder>`.

It writes every message it takes to the folder. A file `answer` there (`451` …) is what it says to recipients instead.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


class Sink:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self.keep(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(self.answer_to(verb))
        writer.close()

    def answer_to(self, verb: bytes) -> bytes:
        fault = self.folder / "answer"
        if verb == b"RCPT" and fault.exists():
            return f"{fault.read_text()} not now\r\n".encode()
        return b"250 ok\r\n"

    def keep(self, message: bytes) -> None:
        number = len(list(self.folder.glob("*.eml"))) + 1
        (self.folder / f"{number}.eml").write_bytes(message.removesuffix(b".\r\n"))


async def main() -> None:
    server = await asyncio.start_server(Sink(Path(sys.argv[2])).talk, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
