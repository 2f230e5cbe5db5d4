"""Stored answers that only a repetition of their request can read: no key is kept anywhere.

Answers to repeated requests are kept for months; those about persons would outlive a correction or a deletion of the
person. They are kept encrypted under what the repetition brings along: the Idempotency-Key, of which only a digest is
stored, and the body. Whoever reads the table reads neither the answer nor what was asked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def stored_name(subject: str, key: str) -> str:
    """What stands for the Idempotency-Key in the table."""
    return "sealed:" + hashlib.sha256(f"{subject}\n{key}".encode()).hexdigest()


def keyed_digest(key: str, digest: str) -> str:
    """The request's digest, of use only to who knows its key: a body about a person can be guessed from a bare one."""
    return hmac.new(key.encode(), digest.encode(), hashlib.sha256).hexdigest()


def _cipher(key: str, digest: str) -> AESGCM:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"iesspr stored answer").derive(f"{key}\n{digest}".encode())
    return AESGCM(derived)


def sealed_answer(body: bytes, key: str, digest: str) -> bytes:
    """digest: of the request as it came, not the keyed one that is stored."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key, digest).encrypt(nonce, body, None)


def opened_answer(sealed: bytes, key: str, digest: str) -> bytes:
    """Raises cryptography's InvalidTag when the row was altered."""
    return _cipher(key, digest).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
