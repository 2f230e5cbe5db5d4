"""Places in a plan that an observation or a finding points at: `/objectives/<code>`, or the plan itself."""

from __future__ import annotations

KINDS = ("objectives", "strategies", "projects", "sections", "assignments")


def place(pointer: str) -> tuple[str, str] | None:
    """(kind, code) of a pointer's first two steps; ("plan", "") for the plan itself; None when it is none."""
    if pointer in ("", "/"):
        return "plan", ""
    head, _, rest = pointer.removeprefix("/").partition("/")
    code = rest.partition("/")[0]
    if not pointer.startswith("/") or head not in KINDS or not code:
        return None
    return head, code
