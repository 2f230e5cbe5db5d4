"""The compact form: spellings, shapes, signatures."""

import base64
import hashlib
import json
from typing import Any

from services.kit.identity import SigningKey
from tests.gateway.attacks.spelling import ALPHABET, ORDER, Named, b64, dumps, unb64


def spellings(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    parts = token.split(".")
    for index, place in enumerate(("header", "payload", "signature")):

        def swapped(text: str, index: int = index) -> str:
            return ".".join([*parts[:index], text, *parts[index + 1 :]])

        part = parts[index]
        yield f"{place} padded", swapped(part + "=")
        yield f"{place} padded twice", swapped(part + "==")
        yield f"{place} with a line end", swapped(part + "\n")
        yield f"{place} with a space inside", swapped(part[:5] + " " + part[5:])
        yield f"{place} with a tab before", swapped("\t" + part)
        yield f"{place} with a star inside", swapped(part[:5] + "*" + part[5:])
        yield f"{place} with %3D", swapped(part + "%3D")
        yield f"{place} with NUL", swapped(part + "\x00")
        yield f"{place} empty", swapped("")
        yield f"{place} one letter short", swapped(part[:-1])
        yield f"{place} one letter long", swapped(part + "A")
        yield f"{place} four letters long", swapped(part + "AAAA")
        yield f"{place} with an umlaut", swapped(part + "ü")
        yield f"{place} twice", swapped(part + part)
        if len(part) % 4:
            last = ALPHABET[(ALPHABET.index(part[-1]) + 1) % 64]
            yield f"{place} with stray last bits", swapped(part[:-1] + last)
        standard = base64.b64encode(unb64(part)).decode().rstrip("=")
        if standard != part:
            yield f"{place} in the standard alphabet", swapped(standard)


def shapes(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    head, body, signature = token.split(".")
    yield "empty", ""
    for text in (
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "null",
        "undefined",
        "{}",
        "Bearer",
        "true",
        "0",
        "💥",
        "é.é.é",
    ):
        yield f"shape {text!r}", text
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{token}.{signature}"
    yield "five parts, as a JWE", f"{head}.{head}.{body}.{body}.{signature}"
    yield "trailing dot", token + "."
    yield "leading dot", "." + token
    yield "trailing space", token + " "
    yield "leading space", " " + token
    yield "twice with a comma", f"{token}, {token}"
    yield "quoted", f'"{token}"'
    yield "upper case", token.upper()
    yield "reversed", token[::-1]
    yield "JSON serialisation", json.dumps({"protected": head, "payload": body, "signature": signature})
    yield "8 KiB and a byte", token + "A" * (8193 - len(token))
    yield "a megabyte", "A" * 1_000_000
    yield "a thousand dots", "." * 1000
    yield "parts swapped", f"{body}.{head}.{signature}"
    yield "payload of another token", f"{head}.{b64(dumps({**payload, 'sub': 'admin'}))}.{signature}"


def signatures(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    head, body, signature = token.split(".")
    raw = unb64(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")

    def pair(first: int, second: int) -> str:
        return f"{head}.{body}.{b64(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}"

    yield "r = s = 0", pair(0, 0)
    yield "r = 0", pair(0, s)
    yield "s = 0", pair(r, 0)
    yield "r = s = order", pair(ORDER, ORDER)
    yield "r + order, when it fits", pair((r + ORDER) % (1 << 256), s)
    yield "the other s", pair(r, ORDER - s)
    yield "r and s swapped", pair(s, r)
    yield "r = s = 1", pair(1, 1)
    yield "all ones", pair((1 << 256) - 1, (1 << 256) - 1)
    yield "63 bytes", f"{head}.{body}.{b64(raw[:-1])}"
    yield "65 bytes", f"{head}.{body}.{b64(raw + b'0')}"
    yield "96 bytes", f"{head}.{body}.{b64(raw + raw[:32])}"
    yield (
        "SHA-256 of the message",
        f"{head}.{body}.{b64(hashlib.sha256(f'{head}.{body}'.encode()).digest() * 2)}",
    )
    for bit in (0, 7, 255, 256, 300, 511):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << (bit % 8)
        yield f"bit {bit} flipped", f"{head}.{body}.{b64(bytes(flipped))}"
