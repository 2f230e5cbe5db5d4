"""Know for whom a value was sent: who stands in for a holder reports as both of them, and neither approves it.

Revision ID: 20261122_2000
Revises: 20261122_1705
"""

from __future__ import annotations

from alembic import op

revision = "20261122_2000"
down_revision = "20261122_1705"
branch_labels = None
depends_on = None

SCHEMA = "indicators"
TABLES = ("measurements", "measurement_revisions")

# The trail has named the holder of a whole batch since stand-ins could send one.
REMEMBERED = f"""
UPDATE {SCHEMA}.{{}} m SET submitted_for = e.acting_for
FROM {SCHEMA}.audit_events e
WHERE e.action = 'measurement-batch.receive' AND e.acting_for IS NOT NULL AND e.outcome = 'done'
  AND m.batch_id = substr(e.target, length('measurement-batches/') + 1)::uuid AND m.submitted_by = e.actor"""


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ADD COLUMN submitted_for text")
        op.execute(REMEMBERED.format(table))


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} DROP COLUMN submitted_for")
