"""Objectives, projects and the alignment graph of the real POA 2025, against the textbook way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from benchmarks.harness import Action, Floor, Suite
from benchmarks.http import Keeper, repeated_get
from benchmarks.installation import Installation, rival

OBJECTIVES = "/api/v1/objectives?plan=POA-2025&limit=100"
PROJECTS = "/api/v1/projects?plan=POA-2025&limit=100"
GRAPH = "/api/v1/plans/POA-2025/alignment"


@contextlib.contextmanager
def suite(installation: Installation) -> Iterator[Suite]:
    token = installation.inner_token("plans", "plan:read", "project:read")
    ours = Keeper(installation.urls["plans"], {"Authorization": f"Bearer {token}"})
    with rival("plan_lists:app", {"RIVAL_DATABASE_URL": installation.database("plans")}) as url:
        theirs = Keeper(url)
        yield Suite(
            name="plans: lists and alignment graph",
            cases={
                "objectives, 89 items": repeated_get(ours, OBJECTIVES, 200),
                "objectives, first time (not remembered)": _first_times(ours, OBJECTIVES + "&as_of="),
                "projects, 100 items": repeated_get(ours, PROJECTS, 200),
                "alignment graph": repeated_get(ours, GRAPH, 200),
                "alignment graph, first time (not remembered)": _first_times(ours, GRAPH + "?as_of="),
                "textbook objectives": repeated_get(theirs, OBJECTIVES, 200, times=4),
                "textbook projects": repeated_get(theirs, PROJECTS, 200, times=4),
                "textbook graph": repeated_get(theirs, GRAPH, 200, times=4),
            },
            floors=[
                Floor("list of objectives / textbook", "textbook objectives", "objectives, 89 items", 12),
                Floor("list of projects / textbook", "textbook projects", "projects, 100 items", 12),
                Floor("alignment graph / textbook", "textbook graph", "alignment graph", 12),
            ],
            control="objectives, 89 items",
        )


def _first_times(keeper: Keeper, path: str) -> Action:
    """The same question as of days of the plan's year, each asked once, so that no answer is remembered."""
    days = (date(2025, 1, 1) + timedelta(days=n % 365) for n in count())

    def act() -> float:
        started = time.perf_counter()
        for _ in range(10):
            status, _, body = keeper.send("GET", f"{path}{next(days)}")
            if status != 200:
                raise RuntimeError(f"{status}: {body[:200]!r}")
        return (time.perf_counter() - started) / 10

    return act
