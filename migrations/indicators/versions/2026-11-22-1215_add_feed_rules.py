"""Say of an assignment which part of its source it is fed from.

Revision ID: 20261122_1215
Revises: 20261122_1145
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1215"
down_revision = "20261122_1145"
branch_labels = None
depends_on = None

SCHEMA = "indicators"


def upgrade() -> None:
    op.execute(f"ALTER TABLE {SCHEMA}.assignments ADD COLUMN feed_rule jsonb")
    grant_app(op, SCHEMA)


def downgrade() -> None:
    op.execute(f"ALTER TABLE {SCHEMA}.assignments DROP COLUMN feed_rule")
