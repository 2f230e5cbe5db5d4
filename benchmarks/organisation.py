"""Lists and the tree of the organisation, against the textbook way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from benchmarks.harness import Action, Floor, Suite
from benchmarks.http import Keeper, repeated_get
from benchmarks.installation import Installation, rival

LIST = "/api/v1/dependencias?limit=100"
TREE = "/api/v1/org-tree"


@contextlib.contextmanager
def suite(installation: Installation) -> Iterator[Suite]:
    token = installation.inner_token("orgchart", "organisation:read")
    ours = Keeper(installation.urls["orgchart"], {"Authorization": f"Bearer {token}"})
    etag = ours.send("GET", LIST)[1]["etag"]
    with rival("organisation_list:app", {"RIVAL_DATABASE_URL": installation.database("orgchart")}) as url:
        theirs = Keeper(url)
        yield Suite(
            name="orgchart: lists and tree",
            cases={
                "dependencias, 100 items": repeated_get(ours, LIST, 200),
                "dependencias, 100 items, first time (not remembered)": _first_times(ours),
                "dependencias, 304": repeated_get(ours, LIST, 304, headers={"If-None-Match": etag}),
                "org-tree, whole": repeated_get(ours, TREE, 200),
                "textbook list": repeated_get(theirs, LIST, 200, times=4),
                "textbook tree": repeated_get(theirs, TREE, 200, times=4),
            },
            floors=[
                Floor("list of 100 dependencias / textbook", "textbook list", "dependencias, 100 items", 12),
                Floor("304 / textbook", "textbook list", "dependencias, 304", 25),
                Floor("whole org-tree / textbook", "textbook tree", "org-tree, whole", 12),
            ],
            control="dependencias, 100 items",
        )


def _first_times(keeper: Keeper) -> Action:
    """The same list asked for as of days that nobody has asked for yet, so that no answer is remembered."""
    days = (date(2018, 1, 1) + timedelta(days=n % 360 + 366 * (n // 360)) for n in count())

    def act() -> float:
        started = time.perf_counter()
        for _ in range(10):
            status, _, body = keeper.send("GET", f"{LIST}&as_of={next(days)}")
            if status != 200:
                raise RuntimeError(f"{status}: {body[:200]!r}")
        return (time.perf_counter() - started) / 10

    return act
