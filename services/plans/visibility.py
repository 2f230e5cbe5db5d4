"""Who sees which plan: approved ones every signed-in subject; the others whoever works on that dependencia's plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.kit.access import Caller, Scopes
from services.kit.scope import visible_ids
from services.plans.permissions import SEES_DRAFTS

PUBLISHED = ("approved", "in_execution", "closed")


def merged_scopes(caller: Caller, permissions: Sequence[str]) -> Scopes:
    """Where the caller holds any of the permissions."""
    scopes = [caller.scopes(permission) for permission in permissions]
    return Scopes(
        own=tuple(sorted({code for scope in scopes for code in scope.own})),
        subtree=tuple(sorted({code for scope in scopes for code in scope.subtree})),
    )


def in_reach(scopes: Scopes, column: str) -> tuple[str, tuple[Any, ...]]:
    """WHERE condition on a dependencia id column; the literal `true` when nothing is out of reach."""
    if scopes.everything:
        return "true", ()
    sql, values = visible_ids(scopes, "plans")
    return f"{column} IN ({sql})", values


def plan_visible(caller: Caller, alias: str = "p") -> tuple[str, tuple[Any, ...]]:
    """WHERE condition on `plans.plans <alias>`, for Listing.where(clause, *values)."""
    scopes = merged_scopes(caller, SEES_DRAFTS)
    if scopes.everything:
        return "true", ()
    published = f"{alias}.status IN ({', '.join(repr(status) for status in PUBLISHED)})"
    if scopes.nothing:
        return published, ()
    sql, values = visible_ids(scopes, "plans")
    return f"{published} OR {alias}.dependencia_id IN ({sql})", values
