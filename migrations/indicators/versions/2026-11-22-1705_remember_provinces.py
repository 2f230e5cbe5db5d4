"""Keep the province with every place of the organisation that is remembered.

What the replica was told so far had one province for a dependencia's whole life: no reorganisation changed any.

Revision ID: 20261122_1705
Revises: 20261122_1440
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1705"
down_revision = "20261122_1440"
branch_labels = None
depends_on = None

SCHEMA = "indicators"


def upgrade() -> None:
    op.execute(f"ALTER TABLE {SCHEMA}.org_history ADD COLUMN province text")
    op.execute(
        f"""UPDATE {SCHEMA}.org_history h SET province = u.province
            FROM {SCHEMA}.org_units u WHERE u.id = h.unit_id AND u.province IS NOT NULL"""
    )


def downgrade() -> None:
    op.execute(f"ALTER TABLE {SCHEMA}.org_history DROP COLUMN province")
