"""What the head of a request must say once and well: two readers that take it differently are talked past each other.

RFC 9112 §3.2 (Host), §6.1 (Transfer-Encoding). What the server's parser lets through is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.kit.problems import MalformedRequest, Unauthorized

_HOST: Final = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=%]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


def check_head(http_version: str, headers: Sequence[tuple[bytes, bytes]], named: Mapping[bytes, bytes]) -> None:
    """headers: names in lower case. named: the same by name. Raises MalformedRequest, Unauthorized."""
    if len(named) != len(headers):
        _check_repeated([name for name, _ in headers])
    host, coding = named.get(b"host"), named.get(b"transfer-encoding")
    if host is None:
        if http_version == "1.1":
            raise _refusal("Envíe un encabezado Host, y uno solo.")
    elif _HOST.fullmatch(host) is None:
        raise _refusal("Host no es un nombre de máquina con su puerto.")
    if coding is not None and coding.lower() != b"chunked":
        raise _refusal("Transfer-Encoding admite solo chunked.")


def _check_repeated(names: list[bytes]) -> None:
    if names.count(b"host") > 1:
        raise _refusal("Envíe un encabezado Host, y uno solo.")
    if names.count(b"transfer-encoding") > 1:
        raise _refusal("Transfer-Encoding admite solo chunked.")
    if names.count(b"authorization") > 1:
        raise Unauthorized


def _refusal(detail: str) -> MalformedRequest:
    """Where one request ends and the next begins is in doubt: nothing more is read from this connection."""
    return MalformedRequest(detail, headers={"Connection": "close"})
