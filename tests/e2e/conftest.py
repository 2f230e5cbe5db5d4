"""One installation for the tests that only talk to it; those that kill things make their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.installation import Installation


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The default installation, freshly made, running."""
    installation = Installation(tmp_path_factory.mktemp("e2e") / "home")
    installation.start()
    yield installation
    assert installation.stop() == 0
    assert installation.survivors() == []
