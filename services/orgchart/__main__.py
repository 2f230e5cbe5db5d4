"""`python -m services.orgchart import-rof <file>`: the regulation's text into the running installation."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from pydantic_settings import SettingsConfigDict
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.kit.database import Connection, asyncpg_arguments
from services.kit.settings import DatabaseSettings
from services.orgchart.importers.rof import Codification, parse
from services.orgchart.rof.importing import ImportOutcome, import_codification

app = typer.Typer(add_completion=False, no_args_is_help=True)
_STEPS = 6


class ImportSettings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORGCHART_", extra="ignore")


@app.callback()
def commands() -> None:
    """Órdenes del servicio de organización."""


@app.command("import-rof")
def import_rof(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Texto del ROF (UTF-8)")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Solo comprobar; no guarda nada")] = False,
) -> None:
    """Importa el texto codificado del ROF. Sale con 1 si el texto no pasa sus comprobaciones (no cambia nada)."""
    console = Console(stderr=True)
    content = file.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        console.print(f"{file}: no está en UTF-8 ({error})")
        raise typer.Exit(1) from error
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
    with bar:
        task = bar.add_task("leyendo", total=_STEPS)

        def step(name: str, _: int) -> None:
            bar.update(task, advance=1, description=name)

        read = parse(text)
        step("interpretado", len(read.units))
        outcome = asyncio.run(_import(read, content, dry_run, step))
        bar.update(task, completed=_STEPS, description="listo")
    _report(console, file, outcome)
    if outcome.refused:
        raise typer.Exit(1)


async def _import(read: Codification, content: bytes, dry_run: bool, step: object) -> ImportOutcome:
    settings = ImportSettings()
    connection: Connection = await asyncpg.connect(**asyncpg_arguments(settings.database_url))
    try:
        async with connection.transaction():
            return await import_codification(
                connection,
                read,
                content,
                actor="console",
                now=datetime.now(UTC),
                dry_run=dry_run,
                progress=step if callable(step) else lambda *_: None,
            )
    finally:
        await connection.close()


def _report(console: Console, file: Path, outcome: ImportOutcome) -> None:
    for finding in outcome.findings:
        console.print(
            f"{file.name}:{finding.line}: {finding.severity} {finding.code}: {finding.detail}",
            markup=False,
            soft_wrap=True,
        )
    if outcome.refused:
        console.print("No se importó nada: corrija los errores de arriba.")
    elif outcome.import_id is None:
        console.print("Comprobado; no se guardó nada.")
    elif not outcome.changed:
        console.print("El mismo texto ya estaba importado: nada cambió.")
    else:
        counts = ", ".join(f"{name} {number}" for name, number in outcome.counts.items())
        console.print(f"Importado: {counts}.")


if __name__ == "__main__":
    sys.exit(app())
