"""Headers and claims that say more, less or something else."""

import json
from typing import Any

from services.kit.identity import SigningKey
from tests.gateway.attacks.spelling import Named, dumps, signed


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
            payload[name] + 0.5,  # NumericDate may have a fraction; ours never has
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
