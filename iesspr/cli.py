"""The commands. Each is a few lines: what is behind them is imported only when it is used."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import asyncpg
import typer

from iesspr.home import Home, HomeBusy
from iesspr.postgres import BinariesMissing, PostgresFailed

app = typer.Typer(
    name="iesspr",
    help="IESS por Resultados: arranca y cuida la plataforma en esta máquina.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def fail(message: object) -> NoReturn:
    print(message, file=sys.stderr, flush=True)
    raise typer.Exit(1)


def without_space(error: Exception) -> str | None:
    """What to do when a full disk is behind the error, whoever met it first; None when it is something else."""
    text = str(error)
    if "No space left on device" not in text and not isinstance(error, asyncpg.DiskFullError):
        return None
    return f"No queda espacio en el disco. Libere espacio y repita: lo guardado sigue ahí.\n{text}"


def port_of(given: str | int) -> int:
    """What PORT or --port says, or the default. Typer's own refusal is in English."""
    text = str(given)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        fail(f"El puerto «{text}» no vale: PORT es un número entre 1 y 65535. Por ejemplo: PORT=8010 make run")
    return int(text)


Port = Annotated[
    int, typer.Option(envvar="PORT", parser=port_of, metavar="PUERTO", help="puerto de la puerta de enlace")
]


@app.command()
def run(port: Port = 8000) -> None:
    """Arranca todo, dice «Listo: <url>» y sigue hasta Ctrl-C."""
    from iesspr.supervisor import CannotRun, Supervisor

    try:
        asyncio.run(Supervisor(Home.of_environment(), port).run())
    except (CannotRun, HomeBusy, BinariesMissing, PostgresFailed, OSError) as error:
        fail(without_space(error) or error)
    except asyncpg.PostgresError as error:
        if said := without_space(error):
            fail(said)
        fail(f"PostgreSQL no admite a la plataforma: {error}. ¿Falta o cambió secrets.json, o la dirección es de otro?")


@app.command()
def migrate() -> None:
    """Lleva las bases de datos a su última versión."""
    from iesspr.installation import databases_of
    from iesspr.migrating import upgrade
    from iesspr.postgres import DATABASES

    home = Home.of_environment()
    try:
        with databases_of(home) as databases:
            for name in DATABASES:
                upgrade(name, databases[name].owner)
                print(f"{name}: al día")
    except (HomeBusy, BinariesMissing, PostgresFailed, OSError) as error:
        fail(error)


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="sin preguntar")] = False) -> None:
    """Borra los datos, secretos y cuentas de esta instalación."""
    home = Home.of_environment()
    if not home.path.exists():
        print(f"No hay nada en {home.path}.")
        return
    if not yes:
        typer.confirm(f"¿Borrar todos los datos de {home.path}?", abort=True)
    try:
        home.acquire()
    except HomeBusy as error:
        fail(f"{error} Deténgala antes de borrar.")
    home.remove()
    home.release()
    print(f"Borrado: {home.path}")


@app.command()
def openapi(check: Annotated[bool, typer.Option("--check", help="solo comparar")] = False) -> None:
    """Escribe docs/openapi/*.json a partir del código, sin servidor."""
    from iesspr.openapi import documents, stale_documents, write_documents

    if not check:
        for path in write_documents(documents()):
            print(path)
    elif stale := stale_documents(documents()):
        fail(f"Desactualizados: {', '.join(stale)}. Ejecute «make openapi».")


@app.command("import-rof")
def import_rof(file: Annotated[Path, typer.Argument(help="texto del ROF", exists=True, dir_okay=False)]) -> None:
    """Importa el texto del reglamento en la instalación en marcha."""
    from iesspr.installation import databases_of

    try:
        with databases_of(Home.of_environment(), must_run=True) as databases:
            environment = {**os.environ, "ORGCHART_DATABASE_URL": databases["orgchart"].app}
    except (HomeBusy, BinariesMissing, PostgresFailed, OSError) as error:
        fail(error)
    command = [sys.executable, "-m", "services.orgchart", "import-rof", str(file)]
    os.execve(sys.executable, command, environment)


@app.command()
def demo(
    provinces: Annotated[int, typer.Option(min=1, max=24, help="cuántas provincias")] = 24,
    months: Annotated[int, typer.Option(min=1, max=12, help="cuántos meses de 2019")] = 12,
    seed: Annotated[int, typer.Option(help="misma semilla, mismos datos")] = 535,
    port: Port = 8000,
) -> None:
    """Simula 24 sistemas provinciales que envían un año de mediciones por la API pública."""
    from iesspr.demo import DemoFailed, play

    try:
        play(Home.of_environment(), port=port, provinces=provinces, months=months, seed=seed)
    except (DemoFailed, OSError) as error:
        fail(error)
