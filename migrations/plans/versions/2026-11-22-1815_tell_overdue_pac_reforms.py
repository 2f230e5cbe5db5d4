"""Remember which reforms of the PAC were told on the feed as left without an answer past their deadline.

Revision ID: 20261122_1815
Revises: 20261122_1755
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1815"
down_revision = "20261122_1755"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE plans.pac_reforms ADD COLUMN overdue_told_on date")


def downgrade() -> None:
    op.execute("ALTER TABLE plans.pac_reforms DROP COLUMN overdue_told_on")
