"""What the audit trail reads before and after each act (services/kit/auditing.py): the rows that make up its target.

Without what is secret, even as a digest of a digest.
"""

from __future__ import annotations

from typing import Final

_ACCOUNT: Final = """SELECT (to_jsonb(a) - '{secret_hash,totp_secret,activation_digest}'::text[])::text
    FROM gateway.accounts a WHERE a.subject = split_part($1, ':', 2)"""
_IDENTITIES: Final = """SELECT to_jsonb(e)::text FROM gateway.external_identities e
    JOIN gateway.accounts a ON a.id = e.account_id WHERE a.subject = split_part($1, ':', 2)"""
_SESSION: Final = """SELECT (to_jsonb(s) - '{refresh_digest,token_name}'::text[])::text FROM gateway.sessions s
    WHERE s.id = split_part($1, ':', 2)::uuid"""

STATES: Final = {
    "account.": f"{_ACCOUNT} UNION ALL {_IDENTITIES}",
    "auth.session-ended": _SESSION,
    "auth.signed-out": _SESSION,
}
