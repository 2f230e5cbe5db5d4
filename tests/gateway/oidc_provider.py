"""An OpenID Connect provider as a process of its own: `python -m tests.gateway.oidc_provider <port>`.

It knows one client and signs in whoever `login_hint` names. `POST /fault` makes it misbehave.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt

CLIENT, SECRET = "iesspr", "provider-secret"
REDIRECT = "https://tablero.example/entrada"
# Bodies that are no JSON object, each in a way that some parser answers with an error of its own kind.
UNREADABLE = {
    "nested": b'{"id_token":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no-utf8": b'{"id_token":"\xff"}',
    "digits": b'{"id_token":' + b"9" * 5_000 + b"}",
    "list": b"[]",
}
NO_ADDRESSES = {
    "file": {"token_endpoint": "file:///etc/passwd"},
    "script": {"authorization_endpoint": "javascript:alert(1)"},
    "empty": {"jwks_uri": ""},
    "bracket": {"token_endpoint": "http://[::1"},
    "port": {"token_endpoint": "http://127.0.0.1:99999/token"},
}
NO_KEYS = {
    "keys-nested": b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "keys-no-utf8": b'{"keys":"\xff"}',
    "keys-object": b'{"keys":{"a":1}}',
    "keys-text": b'{"keys":"abc"}',
    "keys-nothing": b'{"keys":[null,1,"x"]}',
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def in_pieces(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    for start in range(0, len(body), 200):
        await answer.write(body[start : start + 200])
        await asyncio.sleep(0.01)
    await answer.write_eof()
    return answer


class Provider:
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.codes: dict[str, dict[str, str]] = {}
        self.fault = ""
        self.rotate()

    def rotate(self) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.public_pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = hashlib.sha256(self.public_pem).hexdigest()[:12]

    async def configuration(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": "https://evil.example" if self.fault == "issuer" else self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                **NO_ADDRESSES.get(self.fault, {}),
            }
        )

    async def jwks(self, _: web.Request) -> web.Response:
        if self.fault == "no-jwks":
            return web.Response(status=500)
        if self.fault == "maintenance":
            return web.json_response({"status": "down for maintenance"})
        if self.fault in NO_KEYS:
            return web.Response(body=NO_KEYS[self.fault], content_type="application/json")
        public = jwk.construct(self.public_pem.decode(), "RS256").to_dict()
        key = {name: v.decode() if isinstance(v, bytes) else v for name, v in public.items()}
        return web.json_response({"keys": [{**key, "kid": self.kid, "use": "sig"}]})

    async def authorize(self, request: web.Request) -> web.Response:
        query = request.query
        code = b64(hashlib.sha256(f"{time.time_ns()}".encode()).digest())
        self.codes[code] = dict(query)
        target = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
        return web.Response(status=302, headers={"Location": target})

    async def token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        asked = self.codes.pop(str(form.get("code")), None)
        challenge = b64(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
        known = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if asked is None or not known or asked["code_challenge"] != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        answer = {"id_token": self.id_token(asked), "access_token": "x", "token_type": "Bearer"}
        if self.fault in UNREADABLE:
            return web.Response(body=UNREADABLE[self.fault], content_type="application/json")
        if self.fault == "pieces":
            return await in_pieces(request, json.dumps(answer).encode())
        return web.json_response(answer)

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": asked.get("login_hint", "somebody"),
            "aud": CLIENT,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
        }
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "other"},
            "audience": {"aud": "somebody-else"},
            "audiences": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
            "authorized-party": {"azp": "somebody-else"},
            "expired": {"exp": now - 3_600},
            "not-yet": {"nbf": now + 3_600},
            "token-issuer": {"iss": "https://evil.example"},
        }
        claims |= wrong.get(self.fault, {})
        header = {"kid": self.kid}
        if self.fault == "none":
            return f"{b64(json.dumps({**header, 'alg': 'none'}).encode())}.{b64(json.dumps(claims).encode())}."
        if self.fault == "hs256":
            signed = f"{b64(json.dumps({**header, 'alg': 'HS256'}).encode())}.{b64(json.dumps(claims).encode())}"
            return f"{signed}.{b64(hmac.new(self.public_pem, signed.encode(), 'sha256').digest())}"
        token: str = jwt.encode(claims, self.pem, "RS256", headers=header)
        return token[:-10] + "AAAAAAAAAA" if self.fault == "signature" else token

    async def misbehave(self, request: web.Request) -> web.Response:
        self.fault = await request.text()
        if self.fault == "rotate":
            self.rotate()
        return web.Response()


def application(provider: Provider) -> web.Application:
    app = web.Application()
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", provider.configuration),
            web.get("/jwks", provider.jwks),
            web.get("/authorize", provider.authorize),
            web.post("/token", provider.token),
            web.post("/fault", provider.misbehave),
        ]
    )
    return app


async def fault(provider_url: str, name: str) -> None:
    """Makes a running provider misbehave; without a name it behaves."""
    async with aiohttp.ClientSession() as http, http.post(provider_url + "/fault", data=name):
        return


def main() -> None:
    port = int(sys.argv[1])
    provider = Provider(f"http://127.0.0.1:{port}")
    web.run_app(application(provider), host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main()
