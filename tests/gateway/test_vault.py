"""Secrets at rest: sealed, bound to their owner, readable through a rotation; older ones are sealed at the start."""

from __future__ import annotations

import asyncio
import base64
import stat
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from gateway.identity.second_factor import STEP_S, code_at
from gateway.vault import CannotOpen, Vault
from services.kit.database import asyncpg_arguments
from services.kit.identity import load_signing_keys
from tests.gateway.accounts import PASSWORD, active_user
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.gateway.test_own_account import enrolled


def test_a_sealed_value_opens_for_its_owner_only(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys.json")
    sealed = vault.seal(b"secret", "totp:1")

    assert b"secret" not in sealed
    assert vault.seal(b"secret", "totp:1") != sealed
    assert vault.open_sealed(sealed, "totp:1") == b"secret"
    for other in (sealed[:-1], sealed + b"x", bytes([*sealed[:-1], sealed[-1] ^ 1]), b"", b"x" * 40):
        with pytest.raises(CannotOpen):
            vault.open_sealed(other, "totp:1")
    with pytest.raises(CannotOpen):
        vault.open_sealed(sealed, "totp:2")


def test_keys_are_the_owners_alone_and_rotate_with_an_overlap(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault, other_process = Vault(path), None
    sealed = vault.seal(b"secret", "totp:1")
    other_process = Vault(path)

    vault.rotate()
    newer = vault.seal(b"newer", "totp:1")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vault.open_sealed(sealed, "totp:1") == b"secret"
    assert (vault.is_current(sealed), vault.is_current(newer)) == (False, True)
    assert other_process.open_sealed(newer, "totp:1") == b"newer", "another gateway reads the rotated keys"
    vault.rotate()
    with pytest.raises(CannotOpen):
        vault.open_sealed(sealed, "totp:1")


def test_a_gateway_that_has_not_heard_of_rotations_seals_with_the_key_of_now(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    rotating, unaware = Vault(path), Vault(path)
    rotating.rotate()
    rotating.rotate()

    sealed = unaware.seal(b"secret", "totp:1")

    assert rotating.is_current(sealed)
    assert Vault(path).open_sealed(sealed, "totp:1") == b"secret"


def test_a_key_that_is_prepared_opens_and_does_not_seal_until_it_is_promoted(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault, other = Vault(path), Vault(path)
    before = vault.key_ids
    withdrawn = vault.prepare()
    meanwhile = vault.seal(b"meanwhile", "totp:1")
    vault.withdraw(withdrawn)
    after_withdrawing = list(vault.key_ids)
    promoted = vault.prepare()
    sealed = vault.seal(b"secret", "totp:2", promoted.key_id)
    opened_early = other.open_sealed(sealed, "totp:2")
    vault.promote(promoted)

    assert after_withdrawing == before
    assert opened_early == b"secret"
    assert vault.key_ids == [promoted.key_id, *before]
    assert vault.open_sealed(meanwhile, "totp:1") == b"meanwhile"


async def stored(gateway: RunningGateway, name: str) -> bytes:
    sql = "SELECT totp_secret FROM gateway.accounts WHERE subject = $1"
    secret: bytes = await gateway.context.database.pool.fetchval(sql, name)
    return secret


async def sign_in(gateway: RunningGateway, name: str, secret: bytes, ahead: int) -> int:
    step = int(datetime.now(UTC).timestamp()) // STEP_S + ahead
    body = {"username": name, "password": PASSWORD, "otp": code_at(secret, step)}
    return (await gateway.call("POST", "/api/v1/auth/login", json=body))[0]


async def test_second_factors_lie_sealed_and_survive_two_rotations(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    name = await active_user(gateway)
    secret = await enrolled(gateway, name)
    first = await stored(gateway, name)

    rotated = [await gateway.call("POST", "/api/v1/sealing-keys/rotations", "admin", json=None) for _ in range(2)]
    _, _, keys = await gateway.call("GET", "/api/v1/sealing-keys", "admin")

    assert secret not in first
    assert [status for status, _, _ in rotated] == [201, 201]
    assert keys["sealing"] == rotated[1][2]["sealing"] != rotated[0][2]["sealing"]
    assert await stored(gateway, name) != first
    assert await sign_in(gateway, name, secret, 0) == 200
    assert (await gateway.call("POST", "/api/v1/sealing-keys/rotations", "auditoria"))[0] == 403


async def test_rotations_at_the_same_time_lose_nothing(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    name = await active_user(gateway)
    secret = await enrolled(gateway, name)

    calls = [gateway.call("POST", f"/api/v1/{kind}-keys/rotations", "admin") for kind in ("sealing", "signing") * 3]
    statuses = [status for status, _, _ in await asyncio.gather(*calls)]

    assert statuses == [201] * 6
    kept = Vault(gateway.context.settings.vault_keys)
    assert kept.key_ids == gateway.context.vault.key_ids
    assert len(kept.key_ids) == 2
    assert kept.is_current(await stored(gateway, name))
    assert [key.kid for key in load_signing_keys(gateway.context.settings.signing_keys_file)] == [
        key["kid"] for key in gateway.context.keys.public.to_jwks()["keys"]
    ]
    assert await sign_in(gateway, name, secret, 0) == 200


async def test_a_rotation_that_is_sent_again_rotates_once(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    key = {"Idempotency-Key": "rotation-1"}

    for path in ("sealing-keys", "signing-keys"):
        first = await gateway.call("POST", f"/api/v1/{path}/rotations", "admin", headers=key)
        again = await gateway.call("POST", f"/api/v1/{path}/rotations", "admin", headers=key)
        assert (first[0], again[0], again[1].get("idempotency-replayed"), first[2]) == (201, 201, "true", again[2])
        key = {"Idempotency-Key": "rotation-2"}


async def test_secrets_of_before_are_sealed_at_the_next_start(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    name = await active_user(gateway)
    secret = await enrolled(gateway, name)
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.owner))
    await connection.execute(
        """UPDATE gateway.accounts SET totp_secret = $2, totp_is_sealed = false, totp_last_step = NULL
           WHERE subject = $1""",
        name,
        secret,
    )
    await connection.close()
    before = await sign_in(gateway, name, secret, 0)

    again = await make_gateway(is_awaited=False)
    await again.wait_until_ready()

    assert before == 200
    assert secret not in await stored(again, name)
    assert await sign_in(again, name, secret, 1) == 200


async def test_a_lost_sealing_key_says_so_and_an_administrator_can_mend_it(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    name = await active_user(gateway)
    secret = await enrolled(gateway, name)
    for _ in range(2):
        gateway.context.vault.rotate()

    lost = await sign_in(gateway, name, secret, 0)
    reset = await gateway.call("POST", f"/api/v1/users/{name}/second-factor-reset", "admin")
    body = {"username": name, "password": PASSWORD}

    assert (lost, reset[0]) == (503, 204)
    assert (await gateway.call("POST", "/api/v1/auth/login", json=body))[0] == 200


async def test_an_enrolment_that_is_sent_again_does_not_show_its_secret_again(gateway: RunningGateway) -> None:
    name, key = await active_user(gateway), {"Idempotency-Key": "enrol"}

    first = await gateway.call("POST", "/api/v1/me/second-factor", name, headers=key)
    again = await gateway.call("POST", "/api/v1/me/second-factor", name, headers=key)

    assert len(base64.b32decode(first[2]["secret"] + "=" * (-len(first[2]["secret"]) % 8))) == 20
    assert (again[0], again[2]) == (201, {"secret": None, "uri": None})
