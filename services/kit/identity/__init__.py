"""Who somebody is, as signed tokens say it: keys, our tokens, those of another issuer."""

from services.kit.identity.claims import InvalidToken, UnknownKey
from services.kit.identity.foreign import ForeignClaims, verify_foreign
from services.kit.identity.keys import InvalidKeySet, KeySet, SigningKey, load_signing_keys, save_signing_keys
from services.kit.identity.tokens import INNER_TYPE, OUTER_AUDIENCE, OUTER_TYPE, Claims, issue, verify

__all__ = [
    "INNER_TYPE",
    "OUTER_AUDIENCE",
    "OUTER_TYPE",
    "Claims",
    "ForeignClaims",
    "InvalidKeySet",
    "InvalidToken",
    "KeySet",
    "SigningKey",
    "UnknownKey",
    "issue",
    "load_signing_keys",
    "save_signing_keys",
    "verify",
    "verify_foreign",
]
