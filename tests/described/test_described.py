"""Schemathesis over the merged description, through the real gateway: what is described is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.described.schemathesis import Report, run
from tests.e2e.installation import Installation
from tests.support.proofs import Says

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.proof,
    pytest.mark.xdist_group("described"),
    pytest.mark.timeout(600),
]

# Calls that would end the caller's own session in the middle of its run; the run without login makes them all.
NOT_WITH_LOGIN = ("--exclude-path-regex", "^/api/v1/(auth/|me/sessions|me/password|signing-keys|sealing-keys)")
ADMINISTRATION = ("--include-path-regex", "^/api/v1/(users|clients|grants|audit-events|events|me|catalogs)")
INTAKE = ("--include-path-regex", "^/api/v1/(measurement|assignments|missing-measurements|calendar|events)")
READING = ("--include-method", "GET")

RUNS: dict[str, tuple[str | None, str, tuple[str, ...]]] = {
    "nobody": (None, "coverage", ()),
    "the planning office": ("dnpl.metodologia", "coverage", NOT_WITH_LOGIN),
    "administration": ("admin", "coverage", (*ADMINISTRATION, *NOT_WITH_LOGIN)),
    "a province's system": ("sys-azuay", "coverage", INTAKE),
    "a province's head, at random": ("azuay.titular", "fuzzing", ("--max-examples", "5", *READING, *NOT_WITH_LOGIN)),
}
AT_LEAST = {"nobody": 5_000, "the planning office": 5_000}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation of its own: what is written here at random is nobody else's."""
    installation = Installation(tmp_path_factory.mktemp("described") / "home")
    installation.start()
    yield installation
    assert installation.stop() == 0


@pytest.mark.parametrize("name", RUNS)
def test_every_answer_is_as_described(platform: Installation, tmp_path: Path, name: str, proof: Says) -> None:
    who, phases, more = RUNS[name]

    found: Report = run(
        f"http://127.0.0.1:{platform.port}",
        tmp_path,
        token=None if who is None else platform.token(who),
        phases=phases,
        more=more,
    )

    proof(f"Schemathesis as {name}: {found.cases} cases, {found.operations} operations, {found.failures} failures")
    assert found.what == ""
    assert found.cases >= AT_LEAST.get(name, 100)
