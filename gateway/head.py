"""What the head of a request must say once and well: two readers that take it differently are talked past each other.

RFC 9112 §3.2 (Host), §6.1 (Transfer-Encoding). What the server's parser lets through is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.kit.problems import MalformedRequest, Unauthorized

_HOST: Final = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=%]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


def check_head(http_version: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """headers: names in lower case. Raises MalformedRequest, Unauthorized."""
    hosts = credentials = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if _HOST.fullmatch(value) is None:
                raise MalformedRequest("Host no es un nombre de máquina con su puerto.")
        elif name == b"authorization":
            credentials += 1
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            raise MalformedRequest("Transfer-Encoding admite solo chunked.")
    if hosts > 1 or (not hosts and http_version == "1.1"):
        raise MalformedRequest("Envíe un encabezado Host, y uno solo.")
    if credentials > 1:
        raise Unauthorized
