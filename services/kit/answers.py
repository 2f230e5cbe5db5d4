"""Answers as bytes: PostgreSQL or msgspec builds the JSON, ETags are strong, conditions are honoured."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Request, Response

from services.kit.problems import PreconditionFailed, PreconditionRequired

JSON_TYPE = "application/json"


def json_bytes(document: Any) -> bytes:
    """JSON of plain data. Decimals become strings, instants RFC 3339; a float is never passed in."""
    return msgspec.json.encode(document)


def etag_for(body: bytes | str) -> str:
    """A strong ETag of these bytes. Two answers share it only when they are byte-equal."""
    data = body.encode() if isinstance(body, str) else body
    return '"' + hashlib.blake2b(data, digest_size=16).hexdigest() + '"'


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def matches(header: str | None, etag: str) -> bool:
    """If-None-Match: weak comparison, so a proxy's W/ prefix does not defeat the cache."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _tags(header))


def answer(
    request: Request,
    body: bytes | str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
    media_type: str = JSON_TYPE,
) -> Response:
    """A GET's answer with its ETag; 304 without a body when the caller already has these bytes."""
    tag = etag or etag_for(body)
    sent = {
        **(headers or {}),
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Accept",
    }
    if status == 200 and matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=sent)
    return Response(body, status_code=status, headers=sent, media_type=media_type)


def created(body: bytes | str, location: str, *, etag: str | None = None, status: int = 201) -> Response:
    headers = {"Location": location}
    if etag is not None:
        headers["ETag"] = etag
    return Response(body, status_code=status, headers=headers, media_type=JSON_TYPE)


def require_match(request: Request, etag: str) -> None:
    """Guard of PUT, PATCH and DELETE. Raises 428 without If-Match and 412 when it names another version."""
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired
    # RFC 9110 §13.1.1: If-Match compares strongly, a weak tag never matches.
    if header.strip() != "*" and etag not in _tags(header):
        raise PreconditionFailed
