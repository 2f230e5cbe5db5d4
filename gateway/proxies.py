"""Who is at the other end, when the connection comes from a reverse proxy that the installation trusts.

`X-Forwarded-For` is anybody's to write: it counts only from a trusted peer, and only back to the first address that
is not itself a trusted proxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HEADER: Final = b"x-forwarded-for"


class Proxies:
    """networks: addresses or networks (`10.0.0.0/8`) of trusted proxies. Raises ValueError for anything else."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks: list[Network] = [ipaddress.ip_network(network) for network in networks]

    def __bool__(self) -> bool:
        """False when nobody is trusted."""
        return bool(self._networks)

    def caller(self, peer: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """The caller's address. headers: names in lower case."""
        if not self._networks or not self._trusts(peer):
            return peer
        lines = [value.decode("latin-1") for name, value in headers if name == _HEADER]
        caller = peer
        for hop in reversed([hop.strip() for line in lines for hop in line.split(",")]):
            address = _parsed(hop)
            if address is None:
                break  # whoever wrote this is the last one known by address
            caller = str(address)
            if not self._trusts(caller):
                break
        return caller

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address; the IPv4 one where a socket for both writes it as `::ffff:127.0.0.1`."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
