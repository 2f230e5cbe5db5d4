"""Procurement plan: lines, reforms with a deadline in business days, and the policy that sets it.

Revision ID: 20261122_1120
Revises: 20261122_1100
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.plans.append_only import keep_append_only

revision = "20261122_1120"
down_revision = "20261122_1100"
branch_labels = None
depends_on = None

TABLES = {
    "pac_policies": """
        code text NOT NULL,
        version integer NOT NULL,
        deadline_business_days integer NOT NULL
            CONSTRAINT ck_pac_policies_deadline CHECK (deadline_business_days BETWEEN 1 AND 250),
        valid_from date NOT NULL,
        valid_to date,
        author text NOT NULL,
        reason text NOT NULL,
        CONSTRAINT pk_pac_policies PRIMARY KEY (code, version)""",
    "pac_lines": """
        dependencia_id bigint NOT NULL,
        id bigint NOT NULL CONSTRAINT uq_pac_lines_id UNIQUE,
        year integer NOT NULL,
        number integer NOT NULL,
        company text NOT NULL CONSTRAINT ck_pac_lines_company CHECK (company ~ '^2(0[1-9]|1[0-6])$'),
        procedure_type text NOT NULL,
        description text NOT NULL,
        description_folded text NOT NULL,
        amount numeric NOT NULL CONSTRAINT ck_pac_lines_amount CHECK (amount >= 0),
        quarter integer NOT NULL CONSTRAINT ck_pac_lines_quarter CHECK (quarter BETWEEN 1 AND 4),
        ocid text,
        status text NOT NULL CONSTRAINT ck_pac_lines_status CHECK (status IN ('planned', 'published', 'excluded')),
        revision integer NOT NULL DEFAULT 1,
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL,
        CONSTRAINT pk_pac_lines PRIMARY KEY (dependencia_id, id),
        CONSTRAINT uq_pac_lines_number UNIQUE (dependencia_id, year, number)""",
    "pac_reforms": """
        dependencia_id bigint NOT NULL,
        id bigint NOT NULL CONSTRAINT uq_pac_reforms_id UNIQUE,
        year integer NOT NULL,
        kind text NOT NULL CONSTRAINT ck_pac_reforms_kind CHECK (kind IN ('include', 'change', 'exclude')),
        line bigint,
        changes jsonb NOT NULL,
        justification text NOT NULL,
        requested_on date NOT NULL,
        requested_by text NOT NULL,
        policy_code text NOT NULL,
        policy_version integer NOT NULL,
        deadline_on date NOT NULL,
        answered_on date,
        answer text CONSTRAINT ck_pac_reforms_answer CHECK (answer IN ('accepted', 'rejected')),
        answered_by text,
        answer_note text,
        CONSTRAINT pk_pac_reforms PRIMARY KEY (dependencia_id, id),
        CONSTRAINT ck_pac_reforms_order CHECK (answered_on >= requested_on)""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE plans.{name} ({columns}\n)")
    op.execute("CREATE SEQUENCE plans.pac_ids AS bigint")
    op.execute("CREATE INDEX ix_pac_reforms_year ON plans.pac_reforms (year, dependencia_id)")
    grant_app(op, "plans")
    keep_append_only(op)


def downgrade() -> None:
    op.execute("DROP SEQUENCE plans.pac_ids")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE plans.{name}")
