"""Every operation × every role × every relation of the target, judged by an oracle that knows only the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.matrix import oracle
from tests.gateway.matrix.mutants import MUTANTS, planted
from tests.gateway.matrix.running import Findings, foreign_digest, run_matrix, without_a_row
from tests.gateway.matrix.world import World
from tests.support.proofs import Says

pytestmark = pytest.mark.xdist_group("matrix")

# Enough to notice each mutant: a reader and a writer, with and without subtree, a local administrator, nobody at all.
WITNESSES = ["viewer", "viewer-own", "reporter", "administrator", "methodologist", "nobody"]


def test_the_oracle_is_short_and_knows_nothing_of_the_product() -> None:
    lines = [line for line in Path(oracle.__file__).read_text().splitlines() if line.strip()]

    assert len(lines) <= 60
    assert not any(line.startswith(("import ", "from ")) for line in lines)


@pytest.mark.timeout(300)
async def test_nobody_sees_or_changes_too_much(world: World, proof: Says) -> None:
    before = await foreign_digest(world)

    findings = await run_matrix(world, at_most=5_200)

    proof(f"access matrix, the quick part: {findings.calls} calls, {len(findings.wrong)} wrong")
    assert findings.wrong == []
    assert findings.calls >= 5_000, dict(findings.statuses)
    assert await foreign_digest(world) == before
    assert findings.written
    assert await without_a_row(world, findings) == []


def statuses(findings: Findings) -> str:
    return ", ".join(f"{status}: {times}" for status, times in sorted(findings.statuses.items()))


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_the_whole_matrix_holds(world: World, proof: Says) -> None:
    before = await foreign_digest(world)

    findings = await run_matrix(world)

    proof(f"access matrix: {findings.calls} calls, {len(findings.wrong)} wrong; {statuses(findings)}")
    assert findings.wrong == []
    assert await foreign_digest(world) == before


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutant_is_caught(world: World, name: str, proof: Says) -> None:
    with planted(name):
        findings = await run_matrix(world, subjects=WITNESSES, stop_at=1)

    proof(f"mutant of the access rules, of {len(MUTANTS)}: {'caught' if findings.wrong else 'missed'}")
    assert findings.wrong, f"{findings.calls} calls noticed nothing"
