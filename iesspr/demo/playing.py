"""Register a system per province with the administrator's account, then push month after month for each."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from iesspr.demo.client import Answer, Api, DemoFailed
from iesspr.demo.simulation import corrected, month_of_rows
from iesspr.home import Home

PLAN, YEAR, SOURCE = "POA-2019", 2019, "simulation"
_AT_ONCE = 4
# One push in this many is sent twice with the same key, as after an answer that got lost on the way.
_REPEATED_EVERY = 9


@dataclass
class Tally:
    pushes: int = 0
    created: int = 0
    replayed: int = 0
    rejected: int = 0
    corrected: int = 0


def play(home: Home, *, port: int, provinces: int, months: int, seed: int) -> None:
    """Play the simulation against the running installation and say what happened. Raises DemoFailed, OSError."""
    if not home.demo_credentials.exists():
        raise DemoFailed(f"No hay cuentas de demostración en {home.path}: arranque antes con «make run».")
    running = home.running()
    base = f"http://127.0.0.1:{running['port'] if running else port}"
    password = json.loads(home.demo_credentials.read_text())["users"]["admin"]
    console = Console()
    console.print(f"[bold]SIMULACIÓN[/bold] · {PLAN} · ningún dato es real; se guarda con source «{SOURCE}»")
    try:
        tally = asyncio.run(_play(base, password, provinces, months, seed, console))
    except aiohttp.ClientError as error:
        raise DemoFailed(f"No se pudo hablar con {base}: {error}") from error
    console.print(
        f"{tally.pushes} envíos: {tally.created} mediciones nuevas, "
        f"{tally.rejected} rechazadas, {tally.corrected} corregidas después, "
        f"{tally.replayed} envíos repetidos sin efecto."
    )
    console.print(f"Vea por ejemplo {base}/api/v1/scorecards/DP-AZUAY?plan={PLAN}&period={YEAR}-01")


async def _play(base: str, password: str, provinces: int, months: int, seed: int, console: Console) -> Tally:
    tally, places = Tally(), asyncio.Semaphore(_AT_ONCE)
    async with Api(base, {"username": "admin", "password": password}) as admin:
        units = sorted(item["dependencia"] for item in await admin.items("/api/v1/provinces"))[:provinces]
        columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            everything = progress.add_task("Provincias · meses", total=len(units) * months)

            async def province(dependencia: str) -> None:
                async with places:
                    secret = await register(admin, dependencia)
                    async with Api(base, {"client_id": client_of(dependencia), "client_secret": secret}) as system:
                        assignments = await system.items("/api/v1/assignments", plan=PLAN, dependencia=dependencia)
                        for month in range(1, months + 1):
                            await push_month(system, dependencia, assignments, month, seed, tally)
                            progress.advance(everything)

            await asyncio.gather(*(province(dependencia) for dependencia in units))
    return tally


def client_of(dependencia: str) -> str:
    return "sim-" + dependencia.removeprefix("DP-").lower()


async def register(admin: Api, dependencia: str) -> str:
    """The secret of the province's system, which may push measurements there and nothing else."""
    client = client_of(dependencia)
    answer = await admin.send(
        "POST", "/api/v1/clients", json={"client_id": client, "name": f"Simulación {dependencia}"}
    )
    if answer.status == 409:  # registered by an earlier run, which alone knew the secret
        answer = await admin.post(f"/api/v1/clients/{client}/secret", None)
    elif answer.status != 201:
        raise DemoFailed(f"No se pudo registrar {client}: {answer.status} {answer.body}")
    if not await admin.items("/api/v1/grants", subject=client, in_force="true"):
        grant = {"subject": client, "role": "integrator", "feed": "measurements", "dependencia": dependencia}
        await admin.post("/api/v1/grants", {**grant, "subtree": True, "reason": "simulación"})
    return str(answer.body["client_secret"])


async def push_month(
    system: Api, dependencia: str, assignments: list[dict[str, Any]], month: int, seed: int, tally: Tally
) -> None:
    rows = list(month_of_rows(assignments, year=YEAR, month=month, seed=seed))
    if not rows:
        return
    key = f"sim-{seed}-{dependencia}-{YEAR}-{month:02}"
    answer = await _push(system, rows, key)
    tally.pushes += 1
    if answer.replayed:  # an earlier run of the simulation sent the very same
        tally.replayed += 1
        return
    tally.created += answer.body["created"] + answer.body["updated"]
    tally.rejected += answer.body["rejected"]
    if tally.pushes % _REPEATED_EVERY == 0:
        tally.replayed += (await _push(system, rows, key)).replayed
    if wrong := [rows[row["index"]] for row in answer.body["rows"] if row["outcome"] == "rejected"]:
        again = await _push(system, corrected(wrong), f"{key}-corrected")
        tally.corrected += again.body["created"] + again.body["updated"]


async def _push(system: Api, rows: list[dict[str, Any]], key: str) -> Answer:
    body = {"source": SOURCE, "rows": rows}
    # 422 with the same members says that no row of the push was good.
    return await system.post("/api/v1/measurement-batches", body, key=key, accepted=(201, 422))
