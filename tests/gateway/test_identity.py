import json
import random
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.kit.identity import (
    InvalidKeySet,
    InvalidToken,
    KeySet,
    SigningKey,
    issue,
    load_signing_keys,
    save_signing_keys,
    verify,
)
from tests.gateway.attacks import ALPHABET, attacks

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY, FOREIGN = SigningKey.generate(), SigningKey.generate()
KEYS = KeySet.of([KEY])
CLAIMS = {
    "sub": "user:azuay.reporte",
    "aud": "plans",
    "kind": "user",
    "grants": [{"permissions": ["plan:read"]}],
}


def token(key: SigningKey = KEY, lifetime_s: int = 60) -> str:
    return issue(key, CLAIMS, "iesspr-inner+jwt", lifetime_s, NOW)


def test_an_issued_token_verifies_and_carries_its_claims() -> None:
    claims = verify(token(), KEYS, "plans", "iesspr-inner+jwt", NOW)

    assert (claims.subject, claims.audience, claims.issuer) == (
        "user:azuay.reporte",
        "plans",
        "iesspr-gateway",
    )
    assert claims.get("grants") == CLAIMS["grants"]
    assert claims.expires_at - claims.issued_at == 60


def test_a_token_is_refused_from_the_second_it_expires() -> None:
    one = token(lifetime_s=60)

    verify(one, KEYS, "plans", "iesspr-inner+jwt", NOW + timedelta(seconds=59))
    with pytest.raises(InvalidToken):
        verify(one, KEYS, "plans", "iesspr-inner+jwt", NOW + timedelta(seconds=60))


ATTACKS = list(attacks(token(), KEY, FOREIGN))


def test_there_are_at_least_250_attacks_with_names_of_their_own() -> None:
    assert len({name for name, _ in ATTACKS}) == len(ATTACKS) >= 250
    assert token() not in {forged for _, forged in ATTACKS}


# Signatures are random, so the number of distinct attacks varies a little from run to run; their groups do not, and
# parallel workers must collect the same tests.
GROUPS = sorted({name.partition(":")[0] for name, _ in ATTACKS})


def outcome(forged: str) -> str:
    try:
        verify(forged, KEYS, "plans", "iesspr-inner+jwt", NOW)
    except InvalidToken:
        return "refused"
    return "accepted"


@pytest.mark.parametrize("group", GROUPS)
def test_every_attack_is_refused_with_invalid_token_and_nothing_else(group: str) -> None:
    outcomes = {name: outcome(forged) for name, forged in ATTACKS if name.startswith(f"{group}:")}

    assert {name for name, what in outcomes.items() if what != "refused"} == set()


def mutants(original: str, count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    made: list[str] = []
    while len(made) < count:
        letters = list(original)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            place = chance.randrange(len(letters))
            change = chance.randrange(4)
            if change == 0:
                letters[place] = chance.choice(ALPHABET)
            elif change == 1:
                del letters[place]
            elif change == 2:
                letters.insert(place, chance.choice(ALPHABET + ".=+/ "))
            else:
                other = chance.randrange(len(letters))
                letters[place], letters[other] = letters[other], letters[place]
        if (mutant := "".join(letters)) != original:
            made.append(mutant)
    return made


def test_no_mutant_of_a_token_is_accepted() -> None:
    for mutant in mutants(token(), 3_000, seed=1):
        with pytest.raises(InvalidToken):
            verify(mutant, KEYS, "plans", "iesspr-inner+jwt", NOW)


@pytest.mark.parametrize("not_a_token", [None, 7, b"a.b.c", [], {}])
def test_something_that_is_no_text_is_an_invalid_token_too(not_a_token: object) -> None:
    with pytest.raises(InvalidToken):
        verify(not_a_token, KEYS, "plans", "iesspr-inner+jwt", NOW)  # type: ignore[arg-type]  # the point of the test


def test_a_key_set_survives_its_json_form() -> None:
    again = KeySet.from_jwks(json.loads(json.dumps(KEYS.to_jwks())))

    verify(token(), again, "plans", "iesspr-inner+jwt", NOW)
    assert "d" not in again.to_jwks()["keys"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"kty": "oct", "k": "AAAA"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"x": "AAAA"},
        {"y": None},
        {"x": KEY.public_jwk()["y"]},
        {"d": KEY.private_jwk()["d"]},
        {"alg": "HS256"},
        {"use": "enc"},
        {"kid": None},
        {"kid": ""},
        {"key_ops": ["verify"]},
    ],
)
def test_a_key_set_takes_only_public_p256_signing_keys(change: dict[str, object]) -> None:
    with pytest.raises(InvalidKeySet):
        KeySet.from_jwks({"keys": [{**KEY.public_jwk(), **change}]})


def test_two_keys_under_one_kid_are_refused() -> None:
    with pytest.raises(InvalidKeySet):
        KeySet.from_jwks({"keys": [KEY.public_jwk(), {**FOREIGN.public_jwk(), "kid": KEY.kid}]})


def test_saved_keys_come_back_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    save_signing_keys(path, [KEY, FOREIGN])

    assert [key.kid for key in load_signing_keys(path)] == [KEY.kid, FOREIGN.kid]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_private_key_under_a_foreign_kid_or_point_is_refused() -> None:
    with pytest.raises(InvalidKeySet):
        SigningKey.from_jwk({**KEY.private_jwk(), "kid": FOREIGN.kid})
    with pytest.raises(InvalidKeySet):
        SigningKey.from_jwk({**KEY.private_jwk(), "x": FOREIGN.public_jwk()["x"]})


def test_a_token_longer_than_a_verifier_accepts_is_not_issued() -> None:
    with pytest.raises(ValueError, match="8192"):
        issue(KEY, {"sub": "a", "aud": "plans", "x": "a" * 9000}, "iesspr-inner+jwt", 60, NOW)


def test_a_token_of_a_rotated_out_key_is_refused_once_the_key_is_gone() -> None:
    old = token(FOREIGN)

    verify(old, KeySet.of([KEY, FOREIGN]), "plans", "iesspr-inner+jwt", NOW)
    with pytest.raises(InvalidToken):
        verify(old, KEYS, "plans", "iesspr-inner+jwt", NOW)
