"""Hand-made attacks on a token: (name, token) pairs, none of which any verifier may accept.

`attacks` gets a valid token, its key and a foreign key. Those marked `signed-…` carry a genuine
signature: they show that the claims are judged all the same.
"""

import json

from services.kit.identity import SigningKey
from tests.gateway.attacks.forms import shapes, signatures, spellings
from tests.gateway.attacks.keys import algorithms, confusions, key_injections
from tests.gateway.attacks.members import claims, headers
from tests.gateway.attacks.spelling import ALPHABET, Named, unb64

__all__ = ["ALPHABET", "attacks"]


def attacks(token: str, key: SigningKey, foreign: SigningKey) -> Named:
    header, payload = (json.loads(unb64(part)) for part in token.split(".")[:2])
    for source in (algorithms, confusions, key_injections, headers, claims, spellings, shapes, signatures):
        for name, forged in source(token, key, foreign, header, payload):
            yield f"{source.__name__}: {name}", forged
