"""Accounts of people and of systems, what they are granted, and the keys of the installation."""

from __future__ import annotations

from tests.writes.example import Call, example, rows
from tests.writes.world import ADMIN, REPORTER, Writers

KEYS_ARE_NOT_NEWS = "which keys serve is read where they are published; nobody follows them"


async def invited(writers: Writers) -> tuple[str, str]:
    """A new person: username and activation token."""
    name = f"persona.{writers.number()}"
    answer = await writers.post(ADMIN, "/users", {"username": name, "name": "Rosa Alba"})
    return name, answer["activation_token"]


async def registered(writers: Writers) -> str:
    """A new system."""
    name = f"sistema.{writers.number()}"
    await writers.post(ADMIN, "/clients", {"client_id": name, "name": "Sistema provincial"})
    return name


@example("POST /api/v1/users", "account.changed")
async def invites_a_person(writers: Writers) -> Call:
    name = f"persona.{writers.number()}"
    body = {"username": name, "name": "Rosa Alba", "email": f"{name}@example.org"}
    return Call(
        ADMIN,
        "/api/v1/users",
        body,
        rows(f"account.created account:{name}", f"account.invited account:{name}"),
        other={**body, "name": "Otra persona"},
        shown_once=("activation_token",),
    )


@example("PATCH /api/v1/users/{username}", "account.changed")
async def disables_a_person(writers: Writers) -> Call:
    name, _ = await invited(writers)
    body = {"status": "disabled"}
    return Call(ADMIN, f"/api/v1/users/{name}", body, rows(f"account.changed account:{name}"))


@example("POST /api/v1/users/{username}/activation", "account.changed")
async def invites_again(writers: Writers) -> Call:
    name, _ = await invited(writers)
    return Call(
        ADMIN,
        f"/api/v1/users/{name}/activation",
        audit=rows(f"account.invited account:{name}"),
        other_path=f"/api/v1/users/{REPORTER}/activation",
        shown_once=("activation_token",),
    )


@example("PUT /api/v1/users/{username}/external-identity", "account.changed")
async def links_an_identity(writers: Writers) -> Call:
    name, _ = await invited(writers)
    await writers.do(ADMIN, "PUT", f"/users/{name}/external-identity", {"external_subject": f"otra.{name}"})
    body = {"external_subject": f"rosa.{name}"}
    path = f"/api/v1/users/{name}/external-identity"
    return Call(ADMIN, path, body, rows(f"account.identity-linked account:{name}"))


@example("DELETE /api/v1/users/{username}/external-identity", "account.changed")
async def unlinks_an_identity(writers: Writers) -> Call:
    name, _ = await invited(writers)
    path, known_there = f"/api/v1/users/{name}/external-identity", f"rosa.{name}"
    await writers.do(ADMIN, "PUT", f"/users/{name}/external-identity", {"external_subject": known_there})
    return Call(ADMIN, path, audit=rows(f"account.identity-unlinked account:{name}"), hidden=(known_there,))


@example("POST /api/v1/users/{username}/second-factor-reset", "account.changed")
async def takes_a_second_factor_off(writers: Writers) -> Call:
    name, _ = await invited(writers)
    return Call(
        ADMIN,
        f"/api/v1/users/{name}/second-factor-reset",
        audit=rows(f"account.second-factor-off account:{name}"),
        other_path=f"/api/v1/users/{REPORTER}/second-factor-reset",
    )


@example("POST /api/v1/clients", "account.changed")
async def registers_a_system(writers: Writers) -> Call:
    name = f"sistema.{writers.number()}"
    body = {"client_id": name, "name": "Sistema provincial"}
    return Call(
        ADMIN,
        "/api/v1/clients",
        body,
        rows(f"account.created account:{name}"),
        other={**body, "name": "Otro sistema"},
        shown_once=("client_secret",),
    )


@example("PATCH /api/v1/clients/{client_id}", "account.changed")
async def renames_a_system(writers: Writers) -> Call:
    name = await registered(writers)
    return Call(ADMIN, f"/api/v1/clients/{name}", {"name": "Otro nombre"}, rows(f"account.changed account:{name}"))


@example("POST /api/v1/clients/{client_id}/secret", "account.changed")
async def replaces_a_secret(writers: Writers) -> Call:
    name = await registered(writers)
    return Call(
        ADMIN,
        f"/api/v1/clients/{name}/secret",
        audit=rows(f"account.secret-replaced account:{name}"),
        other_path="/api/v1/clients/sys.budget/secret",
        shown_once=("client_secret",),
    )


@example("POST /api/v1/grants", "grant.changed")
async def grants_a_role(writers: Writers) -> Call:
    name, _ = await invited(writers)
    body = {"subject": name, "role": "viewer", "dependencia": "DP-AZUAY", "subtree": True, "reason": "Ingresó"}
    return Call(
        ADMIN,
        "/api/v1/grants",
        body,
        rows(f"grant.given account:{name}"),
        place="DP-AZUAY",
        other={**body, "dependencia": "DP-GUAYAS"},
    )


@example("DELETE /api/v1/grants/{grant_id}", "grant.changed")
async def ends_a_grant(writers: Writers) -> Call:
    name, _ = await invited(writers)
    granted = await writers.post(ADMIN, "/grants", {"subject": name, "role": "viewer", "dependencia": "DP-AZUAY"})
    path = f"/api/v1/grants/{granted['id']}?reason=Cambio%20de%20puesto"
    return Call(ADMIN, path, audit=rows(f"grant.ended account:{name}"), place="DP-AZUAY")


@example("POST /api/v1/signing-keys/rotations", no_feed=KEYS_ARE_NOT_NEWS)
async def rotates_the_signing_key(_: Writers) -> Call:
    return Call(
        ADMIN,
        "/api/v1/signing-keys/rotations",
        audit=rows("key.rotated key:{signing}"),
        other_path="/api/v1/sealing-keys/rotations",
    )


@example("POST /api/v1/sealing-keys/rotations", no_feed=KEYS_ARE_NOT_NEWS)
async def rotates_the_sealing_key(writers: Writers) -> Call:
    await writers.post(REPORTER, "/me/second-factor")
    return Call(
        ADMIN,
        "/api/v1/sealing-keys/rotations",
        audit=rows("key.sealing-rotated key:{sealing}"),
        other_path="/api/v1/signing-keys/rotations",
    )
