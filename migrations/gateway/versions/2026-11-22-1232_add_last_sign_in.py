"""When an account last signed in: what a review of stale grants asks.

Revision ID: gateway_0004
Revises: gateway_0003
"""

from __future__ import annotations

from alembic import op

revision = "gateway_0004"
down_revision = "gateway_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE gateway.accounts ADD COLUMN last_sign_in_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE gateway.accounts DROP COLUMN last_sign_in_at")
