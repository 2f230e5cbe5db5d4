"""Targets that approved reforms asked to change: applied or refused, with the reform's cause and act.

Revision ID: 20261122_1345
Revises: 20261122_1230
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1345"
down_revision = "20261122_1230"
branch_labels = None
depends_on = None

SCHEMA = "indicators"
CODE = 'text COLLATE "C"'


def upgrade() -> None:
    # An unknown assignment has no dependencia: what was asked is kept as it was written.
    op.execute(
        f"""CREATE TABLE {SCHEMA}.reformed_targets (
            plan {CODE} NOT NULL,
            reform integer NOT NULL,
            operation integer NOT NULL,
            dependencia_id bigint,
            assignment_id bigint,
            assignment {CODE} NOT NULL,
            period {CODE} NOT NULL,
            asked jsonb NOT NULL,
            outcome text NOT NULL CONSTRAINT ck_reformed_targets_outcome CHECK (outcome IN ('applied', 'refused')),
            code text,
            detail text,
            target_version integer,
            cause text,
            act jsonb,
            approved_by text,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT pk_reformed_targets PRIMARY KEY (plan, reform, operation),
            CONSTRAINT ck_reformed_targets_result CHECK ((outcome = 'applied') = (target_version IS NOT NULL)
                AND (outcome = 'refused') = (code IS NOT NULL))
        )"""
    )
    op.execute(
        f"""CREATE INDEX ix_reformed_targets_target
            ON {SCHEMA}.reformed_targets (dependencia_id, assignment_id, period, target_version)"""
    )
    grant_app(op, SCHEMA)


def downgrade() -> None:
    op.execute(f"DROP TABLE {SCHEMA}.reformed_targets")
