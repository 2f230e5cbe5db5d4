"""Reading measurements and cards: against the textbook, kept against computed, twenty years against five.

The organisation has 900 dependencias. By default every one has few assignments, so that the suite is ready in a
minute; `make bench ARGS="--full measurement_reads"` makes a million measurements a year, 20 million against 5 million.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from itertools import count

from benchmarks.harness import Action, Floor, Suite
from benchmarks.http import Keeper, repeated_get
from benchmarks.installation import Installation, rival
from benchmarks.plan import PLAN, make_institution
from benchmarks.second import second_indicators

UNITS = 900
LONG, SHORT = range(2000, 2020), range(2015, 2020)
FULL = os.environ.get("BENCH_FULL") == "1"
ASSIGNMENTS = 93 if FULL else 9
LIST = f"/api/v1/measurements?plan={PLAN}&dependencia=DP-AZUAY&limit=100"
CARD = f"/api/v1/scorecards/DP-AZUAY?plan={PLAN}&period=2019-12"
WHOLE = f"/api/v1/scorecards/IESS?plan={PLAN}&period=2019-12&scope=subtree"
YEAR = f"/api/v1/scorecards/DP-AZUAY?plan={PLAN}&period=2019&scope=subtree&live=true"
_COMPUTE_S = 120


@contextlib.contextmanager
def suite(installation: Installation) -> Iterator[Suite]:
    long_database = installation.database("indicators")
    with (
        second_indicators(installation, "indicators_short") as (short_url, short_database),
        rival("measurement_reads:app", {"RIVAL_DATABASE_URL": long_database}) as rival_url,
    ):
        long_rows = make_institution(long_database, units=UNITS, years=LONG, assignments=ASSIGNMENTS)
        short_rows = make_institution(short_database, units=UNITS, years=SHORT, assignments=ASSIGNMENTS)
        token = installation.inner_token("indicators", "measurement:read", "assignment:read")
        headers = {"Authorization": f"Bearer {token}"}
        ours, short = Keeper(installation.urls["indicators"], headers), Keeper(short_url, headers)
        theirs = Keeper(rival_url)
        etag = ours.send("GET", LIST)[1]["etag"]
        _wait_until_kept(ours)
        sizes = f"{long_rows:,} rows / {short_rows:,} rows"
        yield Suite(
            name=f"indicators: reads over {UNITS} dependencias, {sizes}{'' if FULL else ' (not the full size)'}",
            cases={
                "measurements, 100 items": repeated_get(ours, LIST, 200),
                "measurements, 100 items, first time (not remembered)": first_times(ours, LIST),
                "measurements, 304": repeated_get(ours, LIST, 304, headers={"If-None-Match": etag}),
                "card of a province": repeated_get(ours, CARD, 200),
                "card of a province, first time (not remembered)": first_times(ours, CARD),
                "textbook list": repeated_get(theirs, LIST, 200, times=3),
                "textbook card": repeated_get(theirs, CARD, 200, times=3),
                "institution's card, kept (not remembered)": first_times(ours, WHOLE),
                "institution's card, computed live": first_times(ours, f"{WHOLE}&live=true", times=1),
                "province's year over its subtree, twenty years stored": first_times(ours, YEAR, times=2),
                "province's year over its subtree, five years stored": first_times(short, YEAR, times=2),
            },
            floors=[
                Floor("list of 100 measurements / textbook", "textbook list", "measurements, 100 items", 12),
                Floor("card of a province / textbook", "textbook card", "card of a province", 12),
                Floor("304 / textbook", "textbook list", "measurements, 304", 25),
                Floor(
                    "institution's card, kept / computed live",
                    "institution's card, computed live",
                    "institution's card, kept (not remembered)",
                    40,
                ),
                Floor(
                    f"a year's card, {sizes}",
                    "province's year over its subtree, twenty years stored",
                    "province's year over its subtree, five years stored",
                    1.2,
                    at_most=True,
                ),
            ],
            control="measurements, 100 items",
            rounds=9,
        )


def first_times(keeper: Keeper, path: str, *, times: int = 5) -> Action:
    """Seconds per GET of answers that no process can have remembered: each asks with an Accept never seen before."""
    numbers = count()

    def act() -> float:
        started = time.perf_counter()
        for _ in range(times):
            accept = {"Accept": f"application/json, application/x-bench-{next(numbers)};q=0.1"}
            status, _, body = keeper.send("GET", path, headers=accept)
            if status != 200:
                raise RuntimeError(f"GET {path}: {status}: {body[:200]!r}")
        return (time.perf_counter() - started) / times

    return act


def _wait_until_kept(keeper: Keeper) -> None:
    """Ask for the institution's card and wait until the follower has it ready, with the bytes of a live one."""
    deadline = time.monotonic() + _COMPUTE_S
    for number in count():
        accept = {"Accept": f"application/json, application/x-wait-{number};q=0.1"}
        _, headers, body = keeper.send("GET", WHOLE, headers=accept)
        if "x-computed-at" in headers:
            break
        if time.monotonic() > deadline:
            raise RuntimeError("the institution's card was not kept in time")
        time.sleep(0.2)
    if keeper.send("GET", f"{WHOLE}&live=true")[2] != body:
        raise RuntimeError("the kept card differs from the live one")
