"""Keep every place and succession of the organisation with the interval in which this service knew it.

What the replica holds so far counts as always known. The cursor goes, so that the replica is told anew who succeeded
whom: records did not carry successors before.

Revision ID: 20261122_1400
Revises: 20261122_1345
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1400"
down_revision = "20261122_1345"
branch_labels = None
depends_on = None

SCHEMA = "indicators"


def upgrade() -> None:
    op.execute(
        f"""CREATE TABLE {SCHEMA}.org_history (
            unit_id bigint NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            code text NOT NULL,
            name text NOT NULL,
            parent_id bigint,
            recorded_at timestamptz NOT NULL,
            superseded_at timestamptz NOT NULL,
            CONSTRAINT pk_org_history PRIMARY KEY (unit_id, valid_from, recorded_at)
        )"""
    )
    op.execute(
        f"""CREATE TABLE {SCHEMA}.org_successions (
            predecessor_id bigint NOT NULL,
            successor_id bigint NOT NULL,
            effective_on date NOT NULL,
            share numeric NOT NULL,
            recorded_at timestamptz NOT NULL,
            superseded_at timestamptz NOT NULL,
            CONSTRAINT pk_org_successions PRIMARY KEY (predecessor_id, successor_id, effective_on, recorded_at),
            CONSTRAINT ck_org_successions_share CHECK (share > 0 AND share <= 1)
        )"""
    )
    op.execute(
        f"""INSERT INTO {SCHEMA}.org_history
                (unit_id, valid_from, valid_to, code, name, parent_id, recorded_at, superseded_at)
            SELECT v.unit_id, v.valid_from, v.valid_to, u.code, v.name, v.parent_id, '-infinity', 'infinity'
            FROM {SCHEMA}.org_unit_versions v JOIN {SCHEMA}.org_units u ON u.id = v.unit_id"""
    )
    op.execute(f"DELETE FROM {SCHEMA}.org_cursor")
    grant_app(op, SCHEMA)


def downgrade() -> None:
    op.execute(f"DROP TABLE {SCHEMA}.org_successions")
    op.execute(f"DROP TABLE {SCHEMA}.org_history")
