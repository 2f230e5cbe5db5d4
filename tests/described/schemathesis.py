"""Runs Schemathesis, as anybody would, against a running gateway and reads its report."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# What an answer must keep: no server error, no status, media type, header or body that the description does not have.
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@dataclass(frozen=True)
class Report:
    """cases: how many requests were made and judged; what: failures and errors in words, empty when all is well."""

    cases: int
    operations: int
    failures: int
    what: str


def run(url: str, folder: Path, *, token: str | None, phases: str, seed: int = 6, more: Sequence[str] = ()) -> Report:
    """One run over the merged description. phases: `coverage` (every constraint kept and broken), `fuzzing`, …

    One worker: two threads in one interpreter are no faster, and Python 3.11 parses badly in several at once.
    """
    report, console = folder / "report.json", folder / "console.txt"
    identity = [] if token is None else ["--header", f"Authorization: Bearer {token}"]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json", "--url", url),
        *("--checks", ",".join(CHECKS), "--phases", phases, "--seed", str(seed), "--workers", "1", "--no-color"),
        *("--no-shrink", "--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "60"),
        *("--report", "json", "--report-json-path", str(report), *identity, *more),
    ]
    with console.open("w") as output:
        ended = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False)
    found: dict[str, Any] = json.loads(report.read_text())
    counts = found["test_cases"]
    return Report(
        cases=counts["generated"],
        operations=found["operations"]["tested"],
        failures=counts["with_failures"] + counts["errored"],
        what="" if ended.returncode == 0 else console.read_text()[:20_000],
    )
