"""A provider whose answers are no JSON, no keys, or identities meant for somebody else or for later."""

from __future__ import annotations

import pytest

from gateway.identity import provider as provider_module
from tests.gateway.conftest import RunningGateway
from tests.gateway.elsewhere import sign_in
from tests.gateway.oidc_provider import NO_ADDRESSES, NO_KEYS, UNREADABLE, fault


@pytest.mark.parametrize("name", ["authorized-party", "not-yet"])
async def test_an_identity_for_another_party_or_for_later_is_refused(
    linked: RunningGateway, provider_url: str, name: str
) -> None:
    await fault(provider_url, name)

    status, problem, _ = await sign_in(linked)

    assert (status, problem["code"]) == (401, "identity-refused")


async def test_an_answer_that_cannot_be_read_is_an_outage_of_the_provider(
    linked: RunningGateway, provider_url: str
) -> None:
    answers = {}
    for name in UNREADABLE:
        await fault(provider_url, name)
        status, problem, _ = await sign_in(linked)
        answers[name] = (status, problem["code"])

    assert answers == dict.fromkeys(UNREADABLE, (503, "identity-provider-unavailable"))


async def test_known_keys_outlive_a_document_without_usable_keys(
    linked: RunningGateway, provider_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(linked)
    monkeypatch.setattr(provider_module, "FRESH_S", 0.0)
    answers = {}
    for name in NO_KEYS:
        await fault(provider_url, name)
        answers[name], _, _ = await sign_in(linked)

    assert answers == dict.fromkeys(NO_KEYS, 200)


async def test_a_provider_that_names_no_web_addresses_is_asked_again(linked: RunningGateway, provider_url: str) -> None:
    answers = {}
    for name in NO_ADDRESSES:
        await fault(provider_url, name)
        status, problem, _ = await sign_in(linked)
        answers[name] = (status, problem["code"])
    await fault(provider_url, "")

    mended, _, _ = await sign_in(linked)

    assert answers == dict.fromkeys(NO_ADDRESSES, (503, "identity-provider-unavailable"))
    assert mended == 200
