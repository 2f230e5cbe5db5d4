"""What changed between two versions of a plan: by stable identity, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = ("sections", "objectives", "strategies", "projects")
IDENTITY = {"sections": "number", "objectives": "code", "strategies": "code", "projects": "id"}


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        {"field": name, "before": before.get(name), "after": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    ]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """`{plan: [field changes], <kind>: {added, removed, changed: [{code, fields}]}}` of two snapshots."""
    result: dict[str, Any] = {"plan": changed_fields(before["plan"], after["plan"])}
    for kind in KINDS:
        key = IDENTITY[kind]
        old = {item[key]: item for item in before[kind]}
        new = {item[key]: item for item in after[kind]}
        result[kind] = {
            "added": [new[code] for code in new if code not in old],
            "removed": [old[code] for code in old if code not in new],
            "changed": [
                {key: code, "fields": changed_fields(old[code], new[code])}
                for code in new
                if code in old and old[code] != new[code]
            ],
        }
    return result


def is_empty(diff: Mapping[str, Any]) -> bool:
    return not diff["plan"] and not any(diff[kind][part] for kind in KINDS for part in ("added", "removed", "changed"))
