"""What a batch says, as one SHA-256: equal for equal content, whatever its spacing, key order or media type."""

import asyncio
import hashlib

import msgspec

from services.indicators.intake.decoding import Batch

_BLOCK = 1024  # encoded while whoever waits for the interpreter goes on waiting


def sha256_of(batch: Batch) -> str:
    """Hash of the canonical JSON of `[source, rows]`, encoded block by block so that it is never whole in memory."""
    encoder = msgspec.json.Encoder()
    running = hashlib.sha256(b"[" + encoder.encode(batch.source) + b",[")
    for start in range(0, len(batch.rows), _BLOCK):
        if start:
            running.update(b",")
        running.update(encoder.encode(batch.rows[start : start + _BLOCK])[1:-1])
    running.update(b"]]")
    return running.hexdigest()


class Fingerprint:
    """A batch's hash, worked out in a thread while the database checks the rows."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._task: asyncio.Task[str] | None = None

    def begin(self) -> asyncio.Task[str]:
        """Start, unless it has been; the task gives the hexadecimal hash."""
        if self._task is None:
            self._task = asyncio.create_task(asyncio.to_thread(sha256_of, self._batch))
        return self._task

    async def digest(self) -> bytes:
        return bytes.fromhex(await self.begin())
