"""Appointments as orgchart tells of them: who stands in for whom, where and on which dates.

Revision ID: gateway_0002
Revises: gateway_0001
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "gateway_0002"
down_revision = "gateway_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE gateway.appointments (
            id uuid NOT NULL CONSTRAINT pk_appointments PRIMARY KEY,
            version bigint NOT NULL,
            subject text NOT NULL,
            in_place_of text NOT NULL,
            dependencia text NOT NULL,
            kind text NOT NULL CONSTRAINT ck_appointments_kind CHECK (kind IN ('acting', 'substitute')),
            valid_from date NOT NULL,
            valid_to date,
            CONSTRAINT ck_appointments_dates CHECK (valid_to IS NULL OR valid_to >= valid_from)
        )"""
    )
    op.execute("CREATE INDEX ix_appointments_subject ON gateway.appointments (subject)")
    grant_app(op, "gateway")


def downgrade() -> None:
    op.execute("DROP TABLE gateway.appointments")
