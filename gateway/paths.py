"""One spelling per address: a path is served as it came or refused, never rewritten.

Two readers that normalise differently (`..`, `%2e`, `//`, `%2F`) are how a proxy is talked past its own checks.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.problems import UnsafePath, UnsafeQuery

BASE: Final = "/api/v1/"

_SERVED_BY: Final = {
    "orgchart": "rof resolutions zones provinces dependencias org-tree reorganizations posts persons appointments "
    "appointment-batches",
    "plans": "plans objectives strategies projects pac-lines pac-reforms observations budget-execution "
    "budget-execution-batches plan-policies",
    "indicators": "indicators assignments targets measurement-batches measurements reviews scorecards data-quality "
    "calendar lock-exceptions policies series comparisons missing-measurements public",
}
ROUTES: Final = {first: service for service, firsts in _SERVED_BY.items() for first in firsts.split()}

# The gateway's own addresses; everything else outside `/api/v1/` is nobody's.
OWN_PREFIXES: Final = ("/.well-known/", "/internal/", "/docs")
OWN_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})

# Nearly every path: segments that need no second look.
_PLAIN = re.compile(rb"(?:/[A-Za-z0-9\-_~!$&'()*+,;=:@][A-Za-z0-9\-._~!$&'()*+,;=:@]*)+")
_SEGMENT = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+")
_QUERY = re.compile(rb"[A-Za-z0-9\-._~!$&'()*+,;=:@/?%\[\]{}|^`\"<>\\]*")
_FORBIDDEN_BYTES = frozenset(range(0x20)) | {0x7F, ord("/"), ord("\\"), ord("%"), ord("?"), ord("#")}


def check_path(raw: bytes) -> None:
    """Raises UnsafePath unless every segment is non-empty, canonical and means only itself once decoded."""
    if _PLAIN.fullmatch(raw):
        return
    if not raw.startswith(b"/"):
        raise UnsafePath
    if raw == b"/":
        return
    for segment in raw[1:].split(b"/"):
        if not _SEGMENT.fullmatch(segment) or not segment.strip(b"."):
            raise UnsafePath
        if b"%" in segment:
            _check_decoded(unquote_to_bytes(segment))


def _check_decoded(segment: bytes) -> None:
    if not _FORBIDDEN_BYTES.isdisjoint(segment) or segment.strip(b".") == b"":
        raise UnsafePath
    try:
        segment.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnsafePath from error


def check_query(raw: bytes) -> None:
    """Raises UnsafeQuery for bytes that no URL carries unencoded."""
    if not _QUERY.fullmatch(raw):
        raise UnsafeQuery


def upstream_of(path: str) -> str | None:
    """The service that answers a checked path, or None when it is not a service's."""
    if not path.startswith(BASE):
        return None
    return ROUTES.get(path[len(BASE) :].partition("/")[0])


def is_own(path: str) -> bool:
    """True for addresses that the gateway itself may answer."""
    return path in OWN_PATHS or path.startswith((BASE, *OWN_PREFIXES))
