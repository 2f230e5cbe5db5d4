"""Places in a plan that an observation or a finding points at: `/objectives/<code>`, or the plan itself."""

from __future__ import annotations

KINDS = ("objectives", "strategies", "projects", "sections", "assignments", "alignments", "plans")


def place(pointer: str) -> tuple[str, str] | None:
    """(kind, code) of a pointer's first two steps; ("plans", "") for the plan itself; None when it is none.

    Every finding and every refusal of a rule names such a place: an alignment by the objective that it begins at.
    """
    if pointer in ("", "/"):
        return "plans", ""
    head, _, rest = pointer.removeprefix("/").partition("/")
    code = rest.partition("/")[0]
    if not pointer.startswith("/") or head not in KINDS or not code:
        return None
    return ("objectives" if head == "alignments" else head), code
