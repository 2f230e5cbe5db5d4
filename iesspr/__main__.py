"""`python -m iesspr`."""

from __future__ import annotations

import io
import locale
import os
import sys

from iesspr.cli import app

_UTF8 = "PYTHONUTF8"


def main() -> None:
    _in_utf8()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


def _in_utf8() -> None:
    """Begins again in Python's UTF-8 mode on a machine whose texts are not UTF-8; ours are, and those of processes it
    starts. The terminal may still show less: it gets `?` for what it lacks.
    """
    if sys.flags.utf8_mode or os.environ.get(_UTF8) == "1" or locale.getpreferredencoding(False).upper() == "UTF-8":
        return
    os.environ[_UTF8] = "1"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


if __name__ == "__main__":
    main()
