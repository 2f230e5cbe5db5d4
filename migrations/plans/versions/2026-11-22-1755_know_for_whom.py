"""Know for whom somebody acted, where two acts belong to two people: who stands in for another acts as both.

Revision ID: 20261122_1755
Revises: 20261122_1400
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1755"
down_revision = "20261122_1400"
branch_labels = None
depends_on = None

COLUMNS = (
    ("plans", "submitted_for"),
    ("plans", "validated_for"),
    ("reforms", "submitted_for"),
    ("reforms", "validated_for"),
    ("project_reports", "reported_for"),
    ("pac_reforms", "requested_for"),
)


def upgrade() -> None:
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE plans.{table} ADD COLUMN {column} text")


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        op.execute(f"ALTER TABLE plans.{table} DROP COLUMN {column}")
