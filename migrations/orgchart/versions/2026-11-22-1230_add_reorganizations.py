"""Reorganisations with their before-image, acknowledgements of the other services, and succession.

Revision ID: 20261122_1230
Revises: 20261122_1220
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1230"
down_revision = "20261122_1220"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE orgchart.reorganizations (
            id uuid NOT NULL CONSTRAINT pk_reorganizations PRIMARY KEY,
            resolution text NOT NULL,
            resolution_date date,
            provision text,
            effective_on date NOT NULL,
            reason text,
            operations jsonb NOT NULL,
            impact jsonb NOT NULL,
            touched_ids bigint[] NOT NULL,
            created_ids bigint[] NOT NULL,
            closed_appointments integer NOT NULL,
            before jsonb NOT NULL,
            after_digest text NOT NULL,
            feed_position bigint,
            status text NOT NULL
                CONSTRAINT ck_reorganizations_status CHECK (status IN ('propagating', 'complete', 'undone')),
            applied_at timestamptz NOT NULL,
            applied_by text NOT NULL,
            undone_at timestamptz,
            undone_by text
        )"""
    )
    op.execute("CREATE INDEX ix_reorganizations_applied_at ON orgchart.reorganizations (applied_at)")
    op.execute(
        """
        CREATE TABLE orgchart.reorganization_acknowledgements (
            reorganization_id uuid NOT NULL
                CONSTRAINT fk_reorganization_acknowledgements_reorganization_id_reorganizations
                REFERENCES orgchart.reorganizations (id),
            service text NOT NULL,
            feed_position bigint NOT NULL,
            acknowledged_at timestamptz NOT NULL,
            CONSTRAINT pk_reorganization_acknowledgements PRIMARY KEY (reorganization_id, service, feed_position)
        )"""
    )
    op.execute(
        """
        CREATE TABLE orgchart.successions (
            predecessor_id bigint NOT NULL
                CONSTRAINT fk_successions_predecessor_id_dependencias REFERENCES orgchart.dependencias (id),
            successor_id bigint NOT NULL
                CONSTRAINT fk_successions_successor_id_dependencias REFERENCES orgchart.dependencias (id),
            effective_on date NOT NULL,
            share numeric NOT NULL CONSTRAINT ck_successions_share CHECK (share > 0 AND share <= 1),
            reorganization_id uuid NOT NULL
                CONSTRAINT fk_successions_reorganization_id_reorganizations REFERENCES orgchart.reorganizations (id),
            CONSTRAINT pk_successions PRIMARY KEY (predecessor_id, successor_id, effective_on)
        )"""
    )
    op.execute("CREATE INDEX ix_successions_successor_id ON orgchart.successions (successor_id)")
    grant_app(op, "orgchart")


def downgrade() -> None:
    for table in ("successions", "reorganization_acknowledgements", "reorganizations"):
        op.execute(f"DROP TABLE orgchart.{table}")
