"""The import by command line: exit code, console, and nothing stored when refused."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from iesspr.postgres import DatabaseUrls
from tests.documents import document
from tests.orgchart.harness import orgchart_service


async def run(urls: DatabaseUrls, file: Path, *options: str) -> tuple[int, str]:
    """Exit code and console of `python -m services.orgchart import-rof`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.orgchart", "import-rof", *options, str(file),
        env={**os.environ, "ORGCHART_DATABASE_URL": urls.app, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_command_imports_once_and_says_so(facts_db: DatabaseUrls) -> None:
    file = document("rof-cd535.txt")
    async with orgchart_service(facts_db) as orgchart:
        code, said = await run(facts_db, file)
        again, repeated = await run(facts_db, file)

        assert (code, again) == (0, 0)
        assert "Importado: unit_versions 97, items " in said
        assert "rof-cd535.txt:7318: info mislabelled-literal" in said
        assert "nada cambió" in repeated
        assert (await orgchart.get("/rof/units/5.6"))["mission"].startswith("Dirigir y gestionar")


async def test_a_refused_text_exits_with_one_and_names_its_line(facts_db: DatabaseUrls, tmp_path: Path) -> None:
    file = tmp_path / "otro.txt"
    file.write_text("Había una vez.\n")
    async with orgchart_service(facts_db) as orgchart:
        code, said = await run(facts_db, file)

        assert code == 1
        assert "otro.txt:1: error origin-unknown" in said
        assert "No se importó nada" in said
        assert (await orgchart.get("/rof/imports"))["items"] == []


async def test_a_file_that_is_not_utf8_is_refused(orgchart_db: DatabaseUrls, tmp_path: Path) -> None:
    file = tmp_path / "latin1.txt"
    file.write_bytes("Resolución".encode("latin-1"))

    code, said = await run(orgchart_db, file)

    assert code == 1
    assert "no está en UTF-8" in said
