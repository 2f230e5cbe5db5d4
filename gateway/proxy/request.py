"""The bytes of a request to a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.types import Scope

from gateway.proxy.body import Body
from services.kit.problems import BadRequest

# Methods for which a request without a body says so (RFC 9110 §8.6).
_SAY_EMPTY: Final = frozenset({"POST", "PUT", "PATCH"})


def head_of(scope: Scope, authority: bytes, base: bytes, headers: Sequence[tuple[bytes, bytes]], body: Body) -> bytes:
    """Request line and headers. The path goes on byte for byte as it was checked.

    Raises BadRequest for a header that would end its line: whatever the server in front lets through, nothing of a
    caller's can become a header or a request of its own here.
    """
    query: bytes = scope["query_string"]
    target = base + scope["raw_path"] + (b"?" + query if query else b"")
    lines = [scope["method"].encode("ascii") + b" " + target + b" HTTP/1.1", b"host: " + authority]
    lines += [name + b": " + value for name, value in headers]
    if body.length is not None and body.expected:
        lines.append(b"content-length: %d" % body.length)
    elif body.expected:
        lines.append(b"transfer-encoding: chunked")
    elif scope["method"] in _SAY_EMPTY:
        lines.append(b"content-length: 0")
    head = b"\r\n".join(lines)
    ends = len(lines) - 1
    if head.count(b"\r") != ends or head.count(b"\n") != ends or b"\0" in head:
        raise BadRequest("Una cabecera contiene un salto de línea.")
    return head + b"\r\n\r\n"


def chunk_of(data: bytes) -> bytes:
    """A piece of a body of unknown length. Empty: the end of it."""
    return b"%x\r\n%b\r\n" % (len(data), data)
