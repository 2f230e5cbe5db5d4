"""Refresh tokens are called by a name of their own: the session's id is in the trail, for auditors to read.

A wrong secret under the right name ends the session. Tokens of before keep the id as their name.

Revision ID: gateway_0007
Revises: gateway_0006
"""

from __future__ import annotations

from alembic import op

revision = "gateway_0007"
down_revision = "gateway_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE gateway.sessions ADD COLUMN token_name uuid")
    op.execute("UPDATE gateway.sessions SET token_name = id")
    op.execute(
        """ALTER TABLE gateway.sessions ALTER COLUMN token_name SET NOT NULL,
           ADD CONSTRAINT uq_sessions_token_name UNIQUE (token_name)"""
    )


def downgrade() -> None:
    op.execute("ALTER TABLE gateway.sessions DROP COLUMN token_name")
