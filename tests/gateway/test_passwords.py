"""What somebody would try first is no password here; a phrase of one's own is."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from gateway.identity.common import common_passwords, is_expected
from gateway.identity.passwords import NICENESS, Passwords
from tests.gateway.accounts import invited, new_name
from tests.gateway.conftest import RunningGateway

EXPECTED = [
    "password1234",
    "passwordpassword",
    "Contraseña2026",
    "Quito2026!!!!",
    "quito-quito-quito",
    "IESS-2026-2026",
    "qwertyuiop123",
    "123456789012",
    "1234567890123",
    "0987654321098",
    "abcdefghijklm",
    "aaaaaaaaaaaaa",
    "123123123123",
    "k4 k4 k4 k4 k4",
]
GOOD = [
    "una frase bastante larga",
    "correct horse battery staple",
    "la mula lleva 7 sacos",
    "zQ8#kd02mNvv1",
    "8392017465920",
    "8392017465920a",
]


@pytest.mark.parametrize("password", EXPECTED)
def test_an_expected_password_is_recognised(password: str) -> None:
    assert is_expected(password)


@pytest.mark.parametrize("password", GOOD)
def test_a_phrase_or_a_random_text_is_not(password: str) -> None:
    assert not is_expected(password)


def test_the_list_is_whole() -> None:
    assert len(common_passwords()) > 19_600
    assert all(is_expected(password) for password in common_passwords() if len(password) >= 12)


@pytest.mark.parametrize("password", ["password1234", "Contraseña2026"])
async def test_it_is_refused_with_a_code_of_its_own(gateway: RunningGateway, password: str) -> None:
    body = {"token": await invited(gateway, new_name()), "password": password}

    status, _, problem = await gateway.call("POST", "/api/v1/auth/activation", json=body)

    assert (status, problem["code"], problem["errors"][0]["pointer"]) == (422, "expected-password", "/password")


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux only")
async def test_hashing_steps_back_behind_everybody_elses_requests() -> None:
    passwords = Passwords(memory_kib=1024, rounds=1)

    def priority(*_: str) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    hashing, answering = await passwords._in_thread(priority), priority()
    await passwords.close()

    assert hashing == min(answering + NICENESS, 19)
