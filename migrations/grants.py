"""What an application role may do: rows, never structure; and never rewrite the audit trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text


def grant_app(op: Any, schema: str) -> None:
    """Grant `<schema>_app` the rows and sequences of its schema; audit events stay append-only.

    Call it last in every migration that creates a table. Does nothing when the role does not exist: a developer's
    own database may have one role for everything.
    """
    role = f"{schema}_app"
    connection = op.get_bind()
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
        return
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM {role}")
    trail = f"{schema}.audit_events"
    if connection.scalar(text("SELECT to_regclass(:trail)"), {"trail": trail}):
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {trail} FROM {role}")
