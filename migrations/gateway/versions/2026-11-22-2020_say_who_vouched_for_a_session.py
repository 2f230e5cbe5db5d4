"""Which identity provider vouched for a session: unlinking an identity ends the sessions it made.

Null for sessions made with a password, and for those of before; these end by themselves within days.

Revision ID: gateway_0006
Revises: gateway_0005
"""

from __future__ import annotations

from alembic import op

revision = "gateway_0006"
down_revision = "gateway_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE gateway.sessions ADD COLUMN issuer text")


def downgrade() -> None:
    op.execute("ALTER TABLE gateway.sessions DROP COLUMN issuer")
