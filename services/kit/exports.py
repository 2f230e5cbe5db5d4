"""Whole lists as files: one JSON document a line, or CSV; streamed, compressed when the caller can read it."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
_KINDS = (JSON, NDJSON, CSV)
_GZIP = 16 + zlib.MAX_WBITS


def wanted(request: Request) -> str:
    """The form of a list that the Accept header prefers; JSON when it says nothing that we have."""
    return max(_KINDS, key=lambda kind: _quality(request.headers.get("accept", JSON), kind))


def _quality(header: str, kind: str) -> float:
    """The weight of one media type (RFC 9110 §12.5.1); a malformed one counts as absent, wildcards mean JSON."""
    best = 0.0
    for part in header.lower().split(","):
        name, *parameters = [piece.strip() for piece in part.split(";")]
        if name == kind or (kind == JSON and name in ("*/*", "application/*")):
            best = max(best, _weight(parameters))
    return best


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def streamed(request: Request, kind: str, columns: Sequence[str], batches: AsyncIterator[list[str]]) -> Response:
    """The whole list as `kind`. batches: lists of JSON objects with exactly these columns, as text."""
    lines = _as_csv(columns, batches) if kind == CSV else _as_ndjson(batches)
    headers = {"Vary": "Authorization, Accept, Accept-Encoding", "Cache-Control": "private, no-cache"}
    if _quality(request.headers.get("accept-encoding", ""), "gzip"):
        headers["Content-Encoding"] = "gzip"
        lines = _compressed(lines)
    return StreamingResponse(lines, headers=headers, media_type=CSV if kind == CSV else NDJSON)


async def _as_ndjson(batches: AsyncIterator[list[str]]) -> AsyncIterator[bytes]:
    async for batch in batches:
        yield ("\n".join(batch) + "\n").encode()


async def _as_csv(columns: Sequence[str], batches: AsyncIterator[list[str]]) -> AsyncIterator[bytes]:
    """RFC 4180 with a header line; null is an empty cell, lists and objects are their JSON, texts are `harmless`."""
    decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    yield _written([columns])
    async for batch in batches:
        yield _written([[_cell(row[column]) for column in columns] for row in map(decode, batch)])


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: msgspec.Raw) -> str:
    raw = bytes(value).decode()
    if raw == "null":
        return ""
    return harmless(msgspec.json.decode(raw, type=str)) if raw.startswith('"') else raw


def harmless(cell: str) -> str:
    """A text for a CSV file: what a spreadsheet would run as a formula has an apostrophe before it. No number begins
    so: ours have no sign but the minus."""
    return f"'{cell}" if cell.startswith(("=", "+", "@", "\t", "\r")) else cell


async def _compressed(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=_GZIP)
    async for line in lines:
        if piece := packer.compress(line):
            yield piece
    yield packer.flush()
