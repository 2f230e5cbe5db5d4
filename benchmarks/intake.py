"""Taking measurements: through the gateway with everything it does, against COPY and against the textbook.

The limit is `psql \\copy` of the same rows, keys already resolved, into an empty table with the same key on the same
server. Every measured push arrives in empty tables of measurements, as the limit's rows do.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from benchmarks.harness import Action, Figure, Floor, Suite
from benchmarks.http import Keeper
from benchmarks.installation import Installation, rival
from benchmarks.plan import Cell, execute, make_plan
from benchmarks.processes import forget_peak, peak_mib, resident_mib
from iesspr.postgres.binaries import find_binaries
from services.kit.database import asyncpg_arguments

PATH = "/api/v1/measurement-batches"
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
CLIENT = "sys-azuay"
# Outer tokens live ten minutes; they are renewed well before, outside of what is measured.
_RENEW_S = 240
_EMPTY = ["TRUNCATE indicators.measurements, indicators.measurement_revisions"]
_TABLES = [
    "CREATE SCHEMA bench",
    """CREATE TABLE bench.copied (dependencia_id bigint NOT NULL, assignment_id bigint NOT NULL,
        period text COLLATE "C" NOT NULL, value numeric NOT NULL, numerator numeric, denominator numeric, note text,
        PRIMARY KEY (dependencia_id, assignment_id, period))""",
    """CREATE TABLE bench.rival_measurements (dependencia_id bigint NOT NULL, assignment_id bigint NOT NULL,
        period text COLLATE "C" NOT NULL, value numeric NOT NULL, numerator numeric, denominator numeric, note text,
        source text NOT NULL, recorded_at timestamptz NOT NULL, PRIMARY KEY (dependencia_id, assignment_id, period))""",
]


@contextlib.contextmanager
def suite(installation: Installation) -> Iterator[Suite]:
    database = installation.database("indicators")
    cells = make_plan(database, root="DP-AZUAY", years=range(2000, 2020), assignments=35)
    if len(cells) < 100_000:
        raise RuntimeError(f"the bench plan has {len(cells)} cells, 100000 are needed")
    execute(database, _TABLES)
    pusher = Pusher(installation)
    small, large = cells[:10_000], cells[:100_000]
    with (
        tempfile.TemporaryDirectory(prefix="iesspr-bench-") as folder,
        rival("measurement_intake:app", {"RIVAL_DATABASE_URL": database}) as url,
    ):
        theirs = Keeper(url)
        limit = Limit(database, Path(folder))
        yield Suite(
            name="indicators: intake through the gateway",
            cases={
                r"limit: psql \copy, 10k": limit.copying(small),
                "JSON push, 10k": pusher.first(json_body(small), JSON),
                "NDJSON push, 10k": pusher.first(ndjson_body(small), NDJSON),
                "JSON push again under another key, 10k": pusher.resent(json_body(small), JSON),
                "JSON correction of every row, 10k": pusher.corrected(small),
                "textbook push, 10k": textbook(theirs, database, json_body(small)),
                r"limit: psql \copy, 100k": limit.copying(large),
                "JSON push, 100k": pusher.first(json_body(large), JSON),
                "NDJSON push, 100k": pusher.first(ndjson_body(large), NDJSON),
                "CSV push, 100k": pusher.first(csv_body(large), CSV),
                "JSON push again under another key, 100k": pusher.resent(json_body(large), JSON),
            },
            floors=[
                Floor("JSON push of 10k rows / COPY", r"limit: psql \copy, 10k", "JSON push, 10k", 0.30),
                Floor("JSON push of 100k rows / COPY", r"limit: psql \copy, 100k", "JSON push, 100k", 0.30),
                Floor("NDJSON first arrival of 10k rows / COPY", r"limit: psql \copy, 10k", "NDJSON push, 10k", 0.45),
                Floor(
                    "NDJSON first arrival of 100k rows / COPY", r"limit: psql \copy, 100k", "NDJSON push, 100k", 0.45
                ),
                Floor("JSON push of 10k rows / textbook", "textbook push, 10k", "JSON push, 10k", 12),
                Floor(
                    "identical resend / first push, 10k",
                    "JSON push again under another key, 10k",
                    "JSON push, 10k",
                    1.0,
                    at_most=True,
                ),
                Floor(
                    "identical resend / first push, 100k",
                    "JSON push again under another key, 100k",
                    "JSON push, 100k",
                    1.0,
                    at_most=True,
                ),
            ],
            figures=[
                Figure("peak memory above idle, JSON 100k", "MiB", pusher.memory(json_body(large), JSON), 200),
                Figure("peak memory above idle, NDJSON 100k", "MiB", pusher.memory(ndjson_body(large), NDJSON), 200),
                Figure("peak memory above idle, CSV 100k", "MiB", pusher.memory(csv_body(large), CSV), 200),
            ],
            control="JSON push, 10k",
            rounds=7,
            warm_up=1,
        )


class Pusher:
    """A provincial system at the gateway's door."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._database = installation.database("indicators")
        self._keeper = Keeper(installation.urls["gateway"])
        self._keys = (f"bench-{os.getpid()}-{number}" for number in count())
        self._token, self._renew_at = "", 0.0
        self._pid = installation.pids["indicators"]
        self._idle_mib = resident_mib(self._pid)

    def first(self, body: bytes, media_type: str) -> Action:
        """Seconds of a push into empty tables."""

        def act() -> float:
            execute(self._database, _EMPTY)
            return self.push(body, media_type, "created")

        return act

    def resent(self, body: bytes, media_type: str) -> Action:
        """Seconds of a push of what is already there, under a key of its own: the whole work of checking is done."""

        def act() -> float:
            execute(self._database, _EMPTY)
            self.push(body, media_type, "created")
            return self.push(body, media_type, "unchanged")

        return act

    def corrected(self, cells: Sequence[Cell]) -> Action:
        """Seconds of a push in which every row differs from what is there, so that every cell gets a revision."""
        before, after = json_body(cells), json_body(cells, shift=1)

        def act() -> float:
            execute(self._database, _EMPTY)
            self.push(before, JSON, "created")
            return self.push(after, JSON, "updated")

        return act

    def memory(self, body: bytes, media_type: str) -> Callable[[], float]:
        """MiB by which a push raises the indicators process above what it took before the first push of all."""

        def act() -> float:
            execute(self._database, _EMPTY)
            forget_peak(self._pid)
            self.push(body, media_type, "created")
            return peak_mib(self._pid) - self._idle_mib

        return act

    def push(self, body: bytes, media_type: str, outcome: str) -> float:
        """Seconds of one push. Anything but every row having the outcome is an error, not a time."""
        headers = {
            "Authorization": f"Bearer {self._fresh_token()}",
            "Content-Type": media_type,
            "Idempotency-Key": next(self._keys),
        }
        started = time.perf_counter()
        status, _, answer = self._keeper.send("POST", PATH, body, headers)
        seconds = time.perf_counter() - started
        found = msgspec.json.decode(answer)
        if status != 201 or found[outcome] != found["received"]:
            raise RuntimeError(f"{status}: {answer[:500]!r}")
        return seconds

    def _fresh_token(self) -> str:
        if time.monotonic() > self._renew_at:
            secret = self._installation.credentials()["clients"][CLIENT]
            form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}
            sent = {"Content-Type": "application/x-www-form-urlencoded"}
            status, _, answer = self._keeper.send("POST", "/api/v1/auth/token", urlencode(form).encode(), sent)
            if status != 200:
                raise RuntimeError(f"{status}: {answer[:500]!r}")
            self._token, self._renew_at = msgspec.json.decode(answer)["access_token"], time.monotonic() + _RENEW_S
        return self._token


class Limit:
    """`psql \\copy` of rows whose keys are already resolved."""

    def __init__(self, database: str, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._psql = find_binaries() / "psql"
        address = asyncpg_arguments(database)
        self._environment = {
            **os.environ,
            "PGHOST": address["host"],
            "PGUSER": address["user"],
            "PGPASSWORD": address["password"],
            "PGDATABASE": address["database"],
        }

    def copying(self, cells: Sequence[Cell]) -> Action:
        """Seconds of the whole command, its start and its sign-in included."""
        path = self._folder / f"{len(cells)}.txt"
        path.write_text(
            "".join(
                f"{c.dependencia_id}\t{c.assignment_id}\t{c.period}\t{value_of(n)}\t\\N\t\\N\t\\N\n"
                for n, c in enumerate(cells)
            )
        )
        command = [str(self._psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"\\copy bench.copied from '{path}'"]

        def act() -> float:
            execute(self._database, ["TRUNCATE bench.copied"])
            started = time.perf_counter()
            subprocess.run(command, env=self._environment, check=True, capture_output=True)
            return time.perf_counter() - started

        return act


def textbook(keeper: Keeper, database: str, body: bytes) -> Action:
    def act() -> float:
        execute(database, ["TRUNCATE bench.rival_measurements"])
        started = time.perf_counter()
        status, _, answer = keeper.send("POST", "/measurement-batches", body, {"Content-Type": JSON})
        seconds = time.perf_counter() - started
        if status != 201:
            raise RuntimeError(f"{status}: {answer[:500]!r}")
        return seconds

    return act


def value_of(number: int, shift: int = 0) -> str:
    """A percentage with two decimals."""
    return f"{(number * 37 + shift) % 12_000 / 100:.2f}"


def rows_of(cells: Sequence[Cell], shift: int) -> list[dict[str, str | None]]:
    """Rows with all their members, as a generated client sends them."""
    return [
        {
            "assignment": cell.assignment,
            "period": cell.period,
            "value": value_of(number, shift),
            "numerator": None,
            "denominator": None,
            "note": None,
        }
        for number, cell in enumerate(cells)
    ]


def json_body(cells: Sequence[Cell], shift: int = 0) -> bytes:
    return msgspec.json.encode({"source": CLIENT, "rows": rows_of(cells, shift)})


def ndjson_body(cells: Sequence[Cell]) -> bytes:
    return msgspec.json.Encoder().encode_lines(rows_of(cells, 0))


def csv_body(cells: Sequence[Cell]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("assignment", "period", "value"))
    writer.writerows((cell.assignment, cell.period, value_of(number)) for number, cell in enumerate(cells))
    return out.getvalue().encode()
