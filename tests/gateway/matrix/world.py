"""The whole platform in one process, with a small organisation of its own and a canary in every unit.

    IESS ─ ZZ ─┬─ ZZ-NORTE (own) ─┬─ ZZ-NORTE-A (child) ─ ZZ-NORTE-A-1 (grandchild)
               │                  └─ ZZ-NORTE-VIEJA (closed unit)
               ├─ ZZ-SUR (sibling) ─ ZZ-SUR-A (cousin)
               ├─ ZZ-NORT  (a sibling whose code is a prefix of one's own)
               └─ ZZ-NORTEX (a sibling whose code begins with one's own)
Every subject holds its one role on ZZ-NORTE with subtree, except where its name says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import aiohttp
import asyncpg
from pydantic import SecretStr

from gateway.app import create_app as create_gateway
from gateway.settings import Settings as GatewaySettings
from iesspr.postgres import DatabaseUrls
from services.indicators.app import create_app as create_indicators
from services.indicators.settings import Settings as IndicatorsSettings
from services.kit.database import asyncpg_arguments
from services.orgchart.app import create_app as create_orgchart
from services.orgchart.settings import Settings as OrgchartSettings
from services.plans.app import create_app as create_plans
from services.plans.settings import Settings as PlansSettings
from tests.conftest import TestServer
from tests.gateway.serving import free_socket, serving

DATA: Final = Path(__file__).resolve().parents[3] / "data"
OWN: Final = "ZZ-NORTE"
# relation → code; id is 900000 + place
UNITS: Final = {
    "parent": "ZZ",
    "own": OWN,
    "child": "ZZ-NORTE-A",
    "grandchild": "ZZ-NORTE-A-1",
    "closed": "ZZ-NORTE-VIEJA",
    "sibling": "ZZ-SUR",
    "cousin": "ZZ-SUR-A",
    "prefix": "ZZ-NORT",
    "longer": "ZZ-NORTEX",
}
PARENTS: Final = {
    "parent": None,
    "own": "parent",
    "child": "own",
    "grandchild": "child",
    "closed": "own",
    "sibling": "parent",
    "cousin": "sibling",
    "prefix": "parent",
    "longer": "parent",
}
INSIDE: Final = frozenset({"own", "child", "grandchild", "closed"})
NOWHERE: Final = "ZZ-NO-EXISTE"
SUBJECTS: Final = {
    "administrator": ("administrator", "", True),
    "methodologist": ("methodologist", "", True),
    "authority": ("authority", "", True),
    "plan-owner": ("plan_owner", "", True),
    "reporter": ("reporter", "", True),
    "reporter-own": ("reporter", "", False),
    "viewer": ("viewer", "", True),
    "viewer-own": ("viewer", "", False),
    "auditor": ("auditor", "", True),
    "measurements": ("integrator", "measurements", True),
    "budget": ("integrator", "budget", True),
    "people": ("integrator", "people", True),
    "nobody": None,
    "bystander": None,
}


def unit_id(relation: str) -> int:
    return 900_000 + list(UNITS).index(relation)


def canary(relation: str) -> str:
    return f"CANARIO-{relation.upper()}-X7Q"


@dataclass
class World:
    url: str
    http: aiohttp.ClientSession
    databases: dict[str, DatabaseUrls]
    tokens: dict[str, str]
    apps: dict[str, Any] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, who: str | None, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        sent = dict(headers or {})
        if who is not None:
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        async with self.http.request(method, self.url + path, headers=sent, json=body) as answer:
            return answer.status, {n.lower(): v for n, v in answer.headers.items()}, await answer.read()

    async def query(self, service: str, sql: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(**asyncpg_arguments(self.databases[service].owner))
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()


@asynccontextmanager
async def running_world(postgres: TestServer, folder: Path, **of_the_gateway: Any) -> AsyncIterator[World]:
    """The platform on fresh databases, seeded from data/, with units, canaries and subjects added.

    of_the_gateway: more of its settings.
    """
    databases = {name: await postgres.fresh_database(name) for name in ("gateway", "orgchart", "plans", "indicators")}
    sockets = {name: free_socket() for name in databases}
    urls = {name: url for name, (_, url) in sockets.items()}
    secrets = {f"svc-{name}": SecretStr(uuid4().hex) for name in ("orgchart", "plans", "indicators")}
    common: dict[str, Any] = {"seed_dir": DATA, "log_level": "error"}

    def service_settings(name: str) -> dict[str, Any]:
        return {
            **common,
            "database_url": databases[name].app,
            "gateway_url": urls["gateway"],
            "jwks_url": urls["gateway"] + "/.well-known/jwks.json",
            "client_id": f"svc-{name}",
            "client_secret": secrets[f"svc-{name}"],
        }

    def orgchart() -> Any:
        return create_orgchart(OrgchartSettings(**service_settings("orgchart")))

    gateway = create_gateway(
        GatewaySettings(
            **common,
            database_url=databases["gateway"].app,
            signing_keys_file=folder / "keys.json",
            demo_credentials_file=None,
            reads_per_minute=0,
            writes_per_minute=0,
            sign_ins_per_minute=0,
            service_secrets=secrets,
            orgchart_url=urls["orgchart"],
            plans_url=urls["plans"],
            indicators_url=urls["indicators"],
            **of_the_gateway,
        )
    )
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        async with serving(orgchart()) as seeding_url:
            await _until_ready(http, seeding_url)
        await _add_units(databases["orgchart"].owner)
        apps = {
            "orgchart": orgchart(),
            "gateway": gateway,
            "plans": create_plans(
                PlansSettings(
                    **service_settings("plans"), orgchart_url=urls["orgchart"], indicators_url=urls["indicators"]
                )
            ),
            "indicators": create_indicators(
                IndicatorsSettings(
                    **service_settings("indicators"), orgchart_url=urls["orgchart"], plans_url=urls["plans"]
                )
            ),
        }
        for name, app in apps.items():
            await stack.enter_async_context(serving(app, sockets[name][0]))
        await _until_ready(http, urls["gateway"])
        await _plant_canaries(databases)
        tokens = await _add_subjects(databases["gateway"].owner, gateway)
        yield World(urls["gateway"], http, databases, tokens, apps)
    for urls_of in databases.values():
        await postgres.drop(urls_of)


async def _until_ready(http: aiohttp.ClientSession, url: str) -> None:
    for _ in range(1_200):
        async with http.get(url + "/readyz") as answer:
            if answer.status == 200:
                return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{url} did not become ready")


async def _run(url: str, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        async with connection.transaction():
            for sql, arguments in statements:
                await connection.execute(sql, *arguments)
    finally:
        await connection.close()


async def _add_units(url: str) -> None:
    statements: list[tuple[str, Sequence[Any]]] = []
    for relation, code in UNITS.items():
        above = PARENTS[relation]
        parent = 1 if above is None else unit_id(above)
        closed = date(2024, 12, 31) if relation == "closed" else None
        statements.append(
            (
                """INSERT INTO orgchart.dependencias (id, code, derived, aliases, aliases_folded)
                   VALUES ($1, $2, false, '{}', '{}')""",
                (unit_id(relation), code),
            )
        )
        statements.append(
            (
                """INSERT INTO orgchart.dependencia_versions (dependencia_id, valid_from, valid_to, name, name_folded,
                       kind, parent_id, other_technical_parent_ids, operation, source, lines)
                   VALUES ($1, '2017-05-06', $2, $3, lower($3), 'unit', $4, '{}', 'original', 'test', '{}')""",
                (unit_id(relation), closed, f"Unidad {relation}", parent),
            )
        )
    await _run(url, statements)


def _copied(table: str, changes: str, where: str) -> str:
    """Copies a seeded row, with some columns changed, whatever its other columns are."""
    return f"""INSERT INTO {table} SELECT (jsonb_populate_record(t, {changes})).* FROM {table} t WHERE {where}"""


async def _plant_canaries(databases: dict[str, DatabaseUrls]) -> None:
    template = "t.code = (SELECT min(a.code) FROM indicators.assignments a JOIN indicators.targets x \
        ON x.assignment_id = a.id WHERE a.plan = 'POA-2019' AND a.code LIKE 'POA-2019.DP-AZUAY.%' \
        AND a.frequency = 'monthly' AND x.period = '2019-01' AND x.kind = 'level')"
    indicators: list[tuple[str, Sequence[Any]]] = []
    plans: list[tuple[str, Sequence[Any]]] = []
    for relation, code in UNITS.items():
        number, mark = unit_id(relation), canary(relation)
        assignment = f"POA-2019.{code}.001"
        indicators.append(
            (
                _copied(
                    "indicators.assignments",
                    """jsonb_build_object('dependencia_id', $1::bigint, 'id', $1::bigint, 'code', $2::text,
                       'statement', $3::text, 'ordinal', $1::bigint)""",
                    template,
                ),
                (number, assignment, mark),
            )
        )
        indicators.append(
            (
                _copied(
                    "indicators.targets",
                    "jsonb_build_object('dependencia_id', $1::bigint, 'assignment_id', $1::bigint)",
                    f"t.assignment_id = (SELECT t.id FROM indicators.assignments t WHERE {template})",
                ),
                (number,),
            )
        )
        plans.append(
            (
                _copied(
                    "plans.plans",
                    """jsonb_build_object('code', $2::text, 'dependencia_id', $1::bigint, 'title', $3::text,
                       'title_folded', lower($3::text), 'status', 'draft', 'version', 0, 'approval_act', null,
                       'approval_body', null, 'approval_date', null)""",
                    "t.code = 'POA-2025'",
                ),
                (number, f"POA-2030-{code}", mark),
            )
        )
        plans.append(
            (
                _copied(
                    "plans.objectives",
                    """jsonb_build_object('code', $2::text, 'plan', $3::text, 'dependencia_id', $1::bigint,
                       'statement', $4::text, 'statement_folded', lower($4::text))""",
                    "t.code = (SELECT min(o.code) FROM plans.objectives o WHERE o.plan = 'POA-2025')",
                ),
                (number, f"POA-2030-{code}.N1.1", f"POA-2030-{code}", mark),
            )
        )
        plans.append(
            (
                _copied(
                    "plans.projects",
                    """jsonb_build_object('id', $2::text, 'dependencia_id', $1::bigint, 'name', $3::text,
                       'name_folded', lower($3::text))""",
                    "t.id = (SELECT min(p.id) FROM plans.projects p WHERE p.kind = 'project')",
                ),
                (number, f"POA-2025.{code}.P1", mark),
            )
        )
        plans.append(
            (
                """INSERT INTO plans.project_owners (project, dependencia_id, ordinal, year, code)
                   VALUES ($2, $1, 1, 2025, 'P1')""",
                (number, f"POA-2025.{code}.P1"),
            )
        )
    await _run(databases["indicators"].owner, [*indicators, *_events("indicators", "measurement.recorded")])
    await _run(databases["plans"].owner, [*plans, *_events("plans", "project.changed")])
    await _plant_measurements(databases["indicators"].owner)


def _events(schema: str, kind: str) -> list[tuple[str, Sequence[Any]]]:
    sql = f"""INSERT INTO {schema}.events (position, id, type, subject, dependencia, occurred_at, data)
              SELECT coalesce(max(position), 0) + 1, gen_random_uuid(), $1, $2, $3, '2019-02-01T00:00:00Z',
                  jsonb_build_object('canary', $2::text) FROM {schema}.events"""
    return [(sql, (kind, canary(relation), code)) for relation, code in UNITS.items()]


async def _plant_measurements(url: str) -> None:
    sql = """INSERT INTO indicators.measurements
             SELECT (jsonb_populate_record(null::indicators.measurements, jsonb_build_object(
               'dependencia_id', $1::bigint, 'assignment_id', $1::bigint, 'period', '2019-01', 'version', 1,
               'value', 55, 'note', $2::text, 'source', 'push', 'submitted_by', $2::text, 'review', 'submitted',
               'recorded_at', '2019-02-01T00:00:00Z', 'warnings', '[]'::jsonb, 'returned_count', 0,
               'first_recorded_at', '2019-02-01T00:00:00Z'))).*"""
    await _run(url, [(sql, (unit_id(relation), canary(relation))) for relation in UNITS])


async def _add_subjects(url: str, gateway: Any) -> dict[str, str]:
    hashed = await gateway.api.state.context.passwords.hash("nobody signs in with it")
    statements: list[tuple[str, Sequence[Any]]] = []
    for place, (subject, held) in enumerate(SUBJECTS.items(), 900_000):
        statements.append(
            (
                """INSERT INTO gateway.accounts (id, kind, subject, name, status, secret_hash, created_at, created_by,
                       updated_at, version)
                   VALUES ($1, $2, $3, $3, 'active', $4, now(), 'test', now(), 1)""",
                (place, "client" if held and held[0] == "integrator" else "user", subject, hashed),
            )
        )
        if held is not None:
            statements.append(
                (
                    """INSERT INTO gateway.grants (id, account_id, role, feed, dependencia, subtree, valid_from, source,
                           granted_by, granted_at, version)
                       VALUES ($1, $1, $2, $3, $4, $5, '2019-01-01', 'manual', 'test', now(), 1)""",
                    (place, *held[:2], OWN, held[2]),
                )
            )
    statements.append(("UPDATE gateway.access_stamp SET version = version + 1", ()))
    await _run(url, statements)
    tokens = gateway.api.state.context.tokens
    kinds = {s: "client" if held and held[0] == "integrator" else "user" for s, held in SUBJECTS.items()}
    return {subject: tokens.outer(subject, kind, None) for subject, kind in kinds.items()}
