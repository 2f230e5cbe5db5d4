"""The institution's documents, which the repository does not carry (only their facts).

They are looked for in $IESSPR_DOCUMENTS, then in a folder `shared` beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[1]


def documents_folder() -> Path | None:
    """The folder that holds `rof-cd535.txt` and the others, or None when it is not on this machine."""
    chosen = os.environ.get("IESSPR_DOCUMENTS")
    candidates = [Path(chosen)] if chosen else [_CHECKOUT.parent / "shared" / "documents"]
    return next((folder for folder in candidates if folder.is_dir()), None)


def document(name: str) -> Path:
    """The document, or skip the test saying how to provide it."""
    folder = documents_folder()
    if folder is None or not (folder / name).is_file():
        pytest.skip(f"sin el documento {name}: indique su carpeta en IESSPR_DOCUMENTS")
    return folder / name
