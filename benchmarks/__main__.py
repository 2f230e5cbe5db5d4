"""`python -m benchmarks [--full] [suite …]`: runs the suites, prints the table, exits 1 when a floor does not hold."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.harness import Reading, Suite, Verdict, judge, measure, read, report
from benchmarks.installation import Installation, running_installation

# Modules with `suite(installation) -> context manager of a Suite`, in the order in which they run.
SUITES = ("organisation", "plans", "intake", "measurement_reads", "edge")


def main(arguments: list[str]) -> int:
    if "--full" in arguments:
        os.environ["BENCH_FULL"] = "1"
    arguments = [argument for argument in arguments if argument != "--full"]
    unknown = [name for name in arguments if name not in SUITES]
    if unknown:
        print(f"Suites: {', '.join(SUITES)}; --full: as large as they promise", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    failed: list[Verdict | Reading] = []
    for name in arguments or SUITES:
        with running_installation() as installation:
            failed += [verdict for verdict in run(name, installation) if not verdict.holds]
    print(f"\n{len(failed)} floors do not hold" if failed else "\nAll floors hold", flush=True)
    return 1 if failed else 0


def run(name: str, installation: Installation) -> list[Verdict | Reading]:
    open_suite: Callable[[Installation], AbstractContextManager[Suite]]
    open_suite = importlib.import_module(f"benchmarks.{name}").suite
    with open_suite(installation) as suite:
        samples = measure(suite)
        verdicts: list[Verdict | Reading] = [*judge(suite, samples), *read(suite)]
        print(report(suite, samples, verdicts), flush=True)
    return verdicts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
