"""Hand-made attacks on a token: (name, token) pairs, none of which any verifier may accept.

`attacks` gets a valid token, its key and a foreign key. Those marked `signed-…` carry a genuine
signature: they show that the claims are judged all the same.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

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


def attacks(token: str, key: SigningKey, foreign: SigningKey) -> Named:
    header, payload = (json.loads(unb64(part)) for part in token.split(".")[:2])
    for source in (algorithms, confusions, key_injections, headers, claims, spellings, shapes, signatures):
        for name, forged in source(token, key, foreign, header, payload):
            yield f"{source.__name__}: {name}", forged


def algorithms(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    value: Any
    body, signature = token.split(".")[1:]
    for spelling in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "nonE",
        "none ",
        " none",
        "none\x00",
        "",
        "n\u043ene",
        "NoNe",
    ):
        head = b64(dumps({**header, "alg": spelling}))
        yield f"alg {spelling!r} without signature", f"{head}.{body}."
        yield f"alg {spelling!r} with the old signature", f"{head}.{body}.{signature}"
    for value in (
        None,
        True,
        0,
        [],
        ["ES256"],
        {},
        "es256",
        "ES256 ",
        "Es256",
        "ES384",
        "ES512",
        "ES256K",
        "RS256",
    ):
        yield f"alg {value!r}", signed(key, dumps({**header, "alg": value}), dumps(payload))
    for value in ("PS256", "EdDSA", "HS256", "HS384", "HS512", "dir", "A128KW", "ECDH-ES", "RSA-OAEP"):
        yield f"alg {value}", signed(key, dumps({**header, "alg": value}), dumps(payload))


def public_key_forms(key: SigningKey) -> Iterator[tuple[str, bytes]]:
    point = key.public_jwk()
    x, y = unb64(point["x"]), unb64(point["y"])
    public = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    ).public_key()
    encoding, form = serialization.Encoding, serialization.PublicFormat
    pem = public.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo)
    der = public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
    yield "PEM", pem
    yield "PEM stripped", pem.strip()
    yield "PEM with CRLF", pem.replace(b"\n", b"\r\n")
    yield "DER", der
    yield "base64 of DER", base64.b64encode(der)
    yield "base64url of DER", b64(der).encode()
    yield "point", b"\x04" + x + y
    yield "compressed point", public.public_bytes(encoding.X962, form.CompressedPoint)
    yield "x", x
    yield "x as text", point["x"].encode()
    yield "JWK", dumps(point)
    yield "kid", key.kid.encode()
    yield "nothing", b""


def confusions(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    for bits in ("256", "384", "512"):
        for form, secret in public_key_forms(key):
            message = f"{b64(dumps({**header, 'alg': 'HS' + bits}))}.{b64(dumps(payload))}"
            mac = hmac.new(secret, message.encode(), f"sha{bits}").digest()
            yield f"HS{bits} keyed with the public key as {form}", f"{message}.{b64(mac)}"


def key_injections(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    value: Any
    own = foreign.public_jwk()
    for kid in (
        foreign.kid,
        "",
        "../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        "keys/0",
        "null",
        key.kid + "\x00",
    ):
        yield f"kid {kid!r}, foreign key", signed(foreign, dumps({**header, "kid": kid}), dumps(payload))
    for value in (
        None,
        0,
        1,
        True,
        [],
        [key.kid],
        {"kid": key.kid},
        key.kid.upper(),
        key.kid + " ",
        "a" * 5000,
    ):
        yield (
            f"kid {str(value)[:40]!r}, right key",
            signed(key, dumps({**header, "kid": value}), dumps(payload)),
        )
    yield "kid of ours, foreign key", signed(foreign, dumps(header), dumps(payload))
    for name, value in (
        ("jwk", own),
        ("jku", "https://attacker.example/jwks.json"),
        ("x5u", "https://attacker.example/cert.pem"),
        ("x5c", ["MIIB"]),
        ("x5t", "AAAA"),
        ("x5t#S256", "AAAA"),
        ("crit", ["exp"]),
        ("crit", []),
        ("b64", False),
        ("zip", "DEF"),
        ("cty", "JWT"),
        ("enc", "A256GCM"),
        ("epk", own),
        ("apu", "x"),
        ("url", "https://attacker.example"),
        ("nonce", "1"),
    ):
        yield (
            f"{name} {str(value)[:8]} beside our kid, foreign key",
            signed(foreign, dumps({**header, name: value}), dumps(payload)),
        )
        yield (
            f"signed-{name} {str(value)[:8]} member",
            signed(key, dumps({**header, name: value}), dumps(payload)),
        )


def headers(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    for typ in (
        "JWT",
        "jwt",
        "",
        header["typ"].upper(),
        header["typ"] + " ",
        "application/" + header["typ"],
        None,
        1,
    ):
        yield f"signed-typ {typ!r}", signed(key, dumps({**header, "typ": typ}), dumps(payload))
    for other in ("at+jwt", "iesspr-inner+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt"):
        if other != header["typ"]:
            yield (
                f"signed-typ of another kind {other}",
                signed(key, dumps({**header, "typ": other}), dumps(payload)),
            )
    for name in ("alg", "typ", "kid"):
        rest = {n: v for n, v in header.items() if n != name}
        yield f"signed-header without {name}", signed(key, dumps(rest), dumps(payload))
        twice = dumps(header)[:-1] + b"," + dumps({name: header[name]})[1:]
        yield f"signed-header with {name} twice", signed(key, twice, dumps(payload))
        none_first = dumps({name: "none"})[:-1] + b"," + dumps(header)[1:]
        yield f"signed-header with another {name} before", signed(key, none_first, dumps(payload))
    for raw in (
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf" + dumps(header),
        b"\x00",
    ):
        yield f"signed-header {raw[:8]!r}", signed(key, raw, dumps(payload))
    yield "signed-header followed by text", signed(key, dumps(header) + b"x", dumps(payload))
    yield "signed-header in UTF-16", signed(key, dumps(header).decode().encode("utf-16"), dumps(payload))


def claims(token: str, key: SigningKey, foreign: SigningKey, header: Any, payload: Any) -> Named:
    value: Any

    def forged(members: Any) -> str:
        return signed(key, dumps(header), dumps(members))

    for name in ("iss", "sub", "aud", "exp", "iat", "jti"):
        yield f"signed-{name} missing", forged({n: v for n, v in payload.items() if n != name})
        for value in (None, True, False, [], {}, [payload[name]], {"a": 1}, ""):
            yield f"signed-{name} = {value!r}", forged({**payload, name: value})
        twice = dumps(payload)[:-1] + b"," + dumps({name: payload[name]})[1:]
        yield f"signed-{name} twice", signed(key, dumps(header), twice)
    for name in ("exp", "iat"):
        for value in (
            0,
            -1,
            str(payload[name]),
            float(payload[name]) + 0.5,
            1e308,
            1 << 53,
            1 << 64,
            1 << 4096,
        ):
            yield f"signed-{name} = {str(value)[:20]}", forged({**payload, name: value})
        for literal in (b"NaN", b"Infinity", b"-Infinity", b"1e400", b"0x7fffffff", b"9" * 5000):
            raw = dumps({**payload, name: 0}).replace(f'"{name}":0'.encode(), f'"{name}":'.encode() + literal)
            yield f"signed-{name} = {literal[:10]!r}", signed(key, dumps(header), raw)
    yield "signed-exp in the past", forged({**payload, "exp": payload["iat"] - 1})
    yield "signed-exp equal to iat", forged({**payload, "exp": payload["iat"]})
    yield (
        "signed-iat in a year",
        forged({**payload, "iat": payload["iat"] + 31_536_000, "exp": payload["exp"] * 2}),
    )
    yield "signed-nbf in a year", forged({**payload, "nbf": payload["iat"] + 31_536_000})
    yield "signed-nbf as text", forged({**payload, "nbf": "0"})
    for name in ("iss", "aud"):
        for value in (
            payload[name].upper(),
            payload[name] + " ",
            payload[name] + "x",
            payload[name][:-1],
            "*",
            "x",
        ):
            yield f"signed-{name} = {value!r}", forged({**payload, name: value})
    for name in ("sub", "jti"):
        for value in ("a" * 300, "a\x00b", "a\nb", "\u202eadmin", 7):
            yield f"signed-{name} = {str(value)[:10]!r}", forged({**payload, name: value})
    for raw in (b"", b"{}", b"[]", b"null", b"1", b'"x"', b"{", dumps([payload]), b"\xff" + dumps(payload)):
        yield f"signed-payload {raw[:8]!r}", signed(key, dumps(header), raw)
    yield (
        "signed-payload with a thousand brackets",
        forged({**payload, "x": json.loads("[" * 900 + "]" * 900)}),
    )
    deep = dumps(payload)[:-1] + b',"x":' + b"[" * 1000 + b"]" * 1000 + b"}"
    yield "signed-payload 1,000 levels deep", signed(key, dumps(header), deep)
    deeper = dumps(payload)[:-1] + b',"x":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
    yield "signed-payload 900 objects deep", signed(key, dumps(header), deeper)
    yield "signed-unclosed brackets", signed(key, dumps(header), b"[" * 4000)
    yield "signed-claims beyond 8 KiB", forged({**payload, "x": "a" * 9000})


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
