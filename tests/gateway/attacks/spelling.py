"""What every attack is spelled with."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from services.kit.identity import SigningKey

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Named = Iterator[tuple[str, str]]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def dumps(members: Any) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def signed(key: SigningKey, header: bytes, payload: bytes) -> str:
    message = f"{b64(header)}.{b64(payload)}"
    return f"{message}.{b64(key.sign(message.encode()))}"
