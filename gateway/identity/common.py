"""Passwords that somebody would try first: common ones, words of this institution, runs and repetitions.

NIST SP 800-63B §3.1.1.2 asks to compare a new password with commonly used, expected and compromised ones. The list is
Django's (`common-passwords.txt.gz`, 19,640 entries taken from published breaches; licence beside it): installations
have no Internet, so no service of breached passwords is asked.
"""

from __future__ import annotations

import gzip
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

LIST: Final = Path(__file__).with_name("common-passwords.txt.gz")
OF_THE_INSTITUTION: Final = frozenset(
    {
        *("iess", "iesspr", "iessporresultados", "segurosocial", "seguridadsocial", "institutoecuatoriano"),
        *("ecuador", "quito", "guayaquil", "cuenca", "azuay", "guayas", "pichincha", "bienvenido", "bienvenida"),
        *("contrasena", "contrasenia", "clave", "clavesegura", "secreto", "administrador", "usuario", "cambiar"),
        *("planificacion", "indicador", "indicadores", "resultados", "reporte", "afiliado", "afiliados"),
    }
)
# A shorter text than this is no word: what is repeated so often is a repetition, what is decorated so much may be good.
SHORTEST_WORD: Final = 4


@cache
def common_passwords() -> frozenset[str]:
    """Loaded with the first password that is set: a start-up needs none."""
    return frozenset(_folded(line) for line in gzip.decompress(LIST.read_bytes()).decode().splitlines())


def is_expected(password: str) -> bool:
    """True for a common password, also decorated (`Quito2026!!!!`) or repeated (`quito-quito-quito`), and for a run."""
    plain = _folded(password)
    repeated = _unit(plain)
    letters = "".join(c for c in plain if c.isalpha())
    known = any(_is_known(text) for text in (plain, _core(plain), _core(repeated), _unit(letters)))
    return known or len(repeated) < SHORTEST_WORD or _is_run(plain)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c) and not c.isspace())


def _is_known(text: str) -> bool:
    return len(text) >= SHORTEST_WORD and (text in OF_THE_INSTITUTION or text in common_passwords())


def _core(text: str) -> str:
    """Without the digits and signs around it."""
    return text.strip("".join({c for c in text if not c.isalpha()}))


def _unit(text: str) -> str:
    """The shortest text whose repetition this is; the text itself when it is none."""
    # A text is a repetition exactly when it occurs inside itself doubled, off its ends.
    return text[: (text + text).find(text, 1)]


def _is_run(text: str) -> bool:
    """Neighbours are almost always the same step apart: abcdef…, 97531…, 1234567890123."""
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(text))
    return steps.total() == 0 or max(steps.values()) >= steps.total() * 5 / 6
