"""Say of each event when its transaction was about to commit, beside when it began.

A reading of an instant in between did not see what the transaction wrote; a reading of the past must not either.

Revision ID: 20261122_1440
Revises: 20261122_1400
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1440"
down_revision = "20261122_1400"
branch_labels = None
depends_on = None

SCHEMA = "indicators"


def upgrade() -> None:
    # Written under the lock that makes positions commit in order, by the clock and not by the transaction's time.
    op.execute(f"ALTER TABLE {SCHEMA}.events ADD COLUMN sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()")
    op.execute(f"UPDATE {SCHEMA}.events SET sealed_at = occurred_at")
    op.execute(f"CREATE INDEX ix_events_occurred_at ON {SCHEMA}.events (occurred_at)")


def downgrade() -> None:
    op.execute(f"DROP INDEX {SCHEMA}.ix_events_occurred_at")
    op.execute(f"ALTER TABLE {SCHEMA}.events DROP COLUMN sealed_at")
