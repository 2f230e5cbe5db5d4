from __future__ import annotations

from pathlib import Path

from gateway.identity.keys import KeyRing
from services.kit.identity import load_signing_keys
from tests.gateway.conftest import MakeGateway


async def test_a_rotation_signs_nobody_out_and_the_second_one_retires_the_first_key(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    old = {"Authorization": f"Bearer {await gateway.token('consulta')}"}
    _, _, before = await gateway.call("GET", "/api/v1/signing-keys", "admin")

    first = await gateway.call("POST", "/api/v1/signing-keys/rotations", "admin")
    overlap, _, _ = await gateway.call("GET", "/api/v1/plans", headers=old)
    gateway.tokens.clear()
    new = {"Authorization": f"Bearer {await gateway.token('consulta')}"}
    second = await gateway.call("POST", "/api/v1/signing-keys/rotations", "admin")
    retired, _, _ = await gateway.call("GET", "/api/v1/plans", headers=old)
    still, _, _ = await gateway.call("GET", "/api/v1/plans", headers=new)

    assert (first[0], second[0]) == (201, 201)
    assert first[2]["verifying"] == [first[2]["signing"], before["signing"]]
    assert (overlap, retired, still) == (200, 401, 200)


def test_taking_a_rotation_back_leaves_what_another_gateway_has_rotated_in(tmp_path: Path) -> None:
    here, there = KeyRing(tmp_path / "keys.json"), KeyRing(tmp_path / "keys.json")
    first = here.signing.kid

    former = here.rotate()
    taken = here.signing.kid
    there.rotate()
    theirs = there.signing.kid
    here.take_back(taken, former)

    assert [key["kid"] for key in here.public.to_jwks()["keys"]] == [theirs, first]
    assert [key.kid for key in load_signing_keys(tmp_path / "keys.json")] == [theirs, first]


async def test_services_get_tokens_of_the_new_key_and_find_it_among_the_public_ones(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    await gateway.call("GET", "/api/v1/plans", "consulta")

    await gateway.call("POST", "/api/v1/signing-keys/rotations", "admin")
    _, _, jwks = await gateway.call("GET", "/.well-known/jwks.json")

    kept = load_signing_keys(gateway.context.settings.signing_keys_file)
    assert [key["kid"] for key in jwks["keys"]] == [key.kid for key in kept]
    assert all("d" not in key for key in jwks["keys"])


async def test_only_administrators_of_the_whole_rotate_keys(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()

    statuses = [
        (await gateway.call("POST", "/api/v1/signing-keys/rotations", who))[0]
        for who in ("dnpl.metodologia", "auditoria", "sys-azuay")
    ]

    assert statuses == [403, 403, 403]
