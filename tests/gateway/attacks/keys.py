"""Other algorithms, confused keys, keys named or carried by the token."""

import base64
import hmac
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.identity import SigningKey
from tests.gateway.attacks.spelling import Named, b64, dumps, signed, unb64


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
