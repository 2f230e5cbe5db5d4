"""What every answer tells browsers, whoever writes it: the gateway, or the server when it refuses what is not HTTP."""

from typing import Final

SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"strict-transport-security", b"max-age=31536000"),
)
