"""Which reorganisation ended a version, so that answers for earlier days can stay as they were.

Revision ID: 20261122_1240
Revises: 20261122_1230
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1240"
down_revision = "20261122_1230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE orgchart.dependencia_versions ADD COLUMN ended_by_reorganization boolean")
    op.execute(
        """
        UPDATE orgchart.dependencia_versions v SET ended_by_reorganization = v.valid_to IS NOT NULL AND EXISTS (
            SELECT FROM orgchart.reorganizations r
            WHERE r.effective_on = v.valid_to + 1 AND v.dependencia_id = ANY(r.touched_ids) AND r.status <> 'undone')"""
    )
    op.execute("ALTER TABLE orgchart.dependencia_versions ALTER COLUMN ended_by_reorganization SET NOT NULL")
    op.execute("ALTER TABLE orgchart.dependencia_versions ALTER COLUMN ended_by_reorganization SET DEFAULT false")


def downgrade() -> None:
    op.execute("ALTER TABLE orgchart.dependencia_versions DROP COLUMN ended_by_reorganization")
