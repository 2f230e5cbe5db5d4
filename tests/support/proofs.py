"""What proofs say of themselves: `proof("250 attacks, 0 accepted")` in a test, all of it at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

Says = Callable[[str], None]
_KEY = "proof"


@pytest.fixture
def proof(record_property: Callable[[str, object], None]) -> Says:
    """Notes a sentence with the counts or figures of this proof. It is printed whether the test passes or not."""
    return lambda sentence: record_property(_KEY, sentence)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The sentences of every proof that ran, also in another process of xdist; the same sentence once, counted."""
    said = [
        (report.outcome, str(sentence))
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for key, sentence in report.user_properties
        if key == _KEY
    ]
    if said:
        terminalreporter.section("proofs")
        for (outcome, sentence), times in sorted(Counter(said).items(), key=lambda told: told[0][1]):
            terminalreporter.line(f"{outcome:<7} {f'{times} × ' if times > 1 else ''}{sentence}")
