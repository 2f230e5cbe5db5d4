"""Tables of plans whose rows the application may add but never change: history and approved snapshots."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

APPEND_ONLY = (
    "plan_transitions",
    "plan_versions",
    "observation_messages",
    "policies",
    "reform_transitions",
    "reform_changes",
    "project_transitions",
    "budget_execution_revisions",
)


def keep_append_only(op: Any) -> None:
    """Call after grant_app, which grants all rights anew. Does nothing where the role does not exist."""
    connection = op.get_bind()
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'plans_app'")):
        return
    for table in APPEND_ONLY:
        if connection.scalar(text("SELECT to_regclass(:table)"), {"table": f"plans.{table}"}):
            op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON plans.{table} FROM plans_app")
