"""Workflow of plans: transitions, snapshots, observations, reforms; lineage into the next year.

Revision ID: 20261122_1100
Revises: 20261122_1040
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.plans.append_only import keep_append_only

revision = "20261122_1100"
down_revision = "20261122_1040"
branch_labels = None
depends_on = None

TABLES = {
    "plan_transitions": """
        plan text NOT NULL CONSTRAINT fk_plan_transitions_plan_plans REFERENCES plans.plans (code),
        number integer NOT NULL,
        from_status text,
        to_status text NOT NULL,
        reason text,
        act_body text,
        act_number text,
        act_date date,
        version integer NOT NULL,
        actor text NOT NULL,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT pk_plan_transitions PRIMARY KEY (plan, number)""",
    "plan_versions": """
        plan text NOT NULL CONSTRAINT fk_plan_versions_plan_plans REFERENCES plans.plans (code),
        version integer NOT NULL CONSTRAINT ck_plan_versions_version CHECK (version >= 1),
        content text NOT NULL,
        sha256 text NOT NULL,
        reform integer,
        approval_body text,
        approval_act text,
        approval_date date,
        approved_by text NOT NULL,
        approved_at timestamptz NOT NULL,
        CONSTRAINT pk_plan_versions PRIMARY KEY (plan, version)""",
    "observations": """
        id bigint NOT NULL CONSTRAINT pk_observations PRIMARY KEY,
        plan text NOT NULL CONSTRAINT fk_observations_plan_plans REFERENCES plans.plans (code),
        pointer text NOT NULL,
        status text NOT NULL CONSTRAINT ck_observations_status CHECK (status IN ('open', 'answered', 'resolved')),
        opened_by text NOT NULL,
        opened_at timestamptz NOT NULL,
        resolved_by text,
        resolved_at timestamptz""",
    "observation_messages": """
        observation bigint NOT NULL
            CONSTRAINT fk_observation_messages_observation_observations REFERENCES plans.observations (id),
        number integer NOT NULL,
        kind text NOT NULL CONSTRAINT ck_observation_messages_kind
            CHECK (kind IN ('observation', 'answer', 'resolution', 'reopening')),
        text text NOT NULL,
        author text NOT NULL,
        written_at timestamptz NOT NULL,
        CONSTRAINT pk_observation_messages PRIMARY KEY (observation, number)""",
    "reforms": """
        plan text NOT NULL CONSTRAINT fk_reforms_plan_plans REFERENCES plans.plans (code),
        number integer NOT NULL,
        cause text NOT NULL CONSTRAINT ck_reforms_cause CHECK (cause IN ('national_plan', 'sector_plan', 'competences',
            'evaluation_action_plans', 'exceptional')),
        justification text NOT NULL,
        authorization_act text,
        status text NOT NULL CONSTRAINT ck_reforms_status
            CHECK (status IN ('draft', 'submitted', 'observed', 'validated', 'approved', 'rejected')),
        base_version integer NOT NULL,
        operations jsonb NOT NULL,
        revision integer NOT NULL DEFAULT 1,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        submitted_by text,
        validated_by text,
        approved_by text,
        decided_at timestamptz,
        act_body text,
        act_number text,
        act_date date,
        CONSTRAINT pk_reforms PRIMARY KEY (plan, number),
        CONSTRAINT ck_reforms_exceptional CHECK (cause <> 'exceptional' OR authorization_act IS NOT NULL)""",
    "reform_transitions": """
        plan text NOT NULL,
        reform integer NOT NULL,
        number integer NOT NULL,
        from_status text,
        to_status text NOT NULL,
        reason text,
        actor text NOT NULL,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT pk_reform_transitions PRIMARY KEY (plan, reform, number),
        CONSTRAINT fk_reform_transitions_plan_reforms FOREIGN KEY (plan, reform)
            REFERENCES plans.reforms (plan, number)""",
    "reform_changes": """
        plan text NOT NULL,
        reform integer NOT NULL,
        number integer NOT NULL,
        kind text NOT NULL,
        code text NOT NULL,
        change text NOT NULL,
        field text,
        before jsonb,
        after jsonb,
        CONSTRAINT pk_reform_changes PRIMARY KEY (plan, reform, number),
        CONSTRAINT fk_reform_changes_plan_reforms FOREIGN KEY (plan, reform) REFERENCES plans.reforms (plan, number)""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE plans.{name} ({columns}\n)")
    op.execute("CREATE SEQUENCE plans.observation_ids AS bigint")
    op.execute("CREATE INDEX ix_observations_plan_status ON plans.observations (plan, status)")
    op.execute("CREATE INDEX ix_reform_changes_code ON plans.reform_changes (code)")
    for table in ("objectives", "strategies", "projects"):
        op.execute(f"ALTER TABLE plans.{table} ADD COLUMN continues text")
    for column in ("continues", "submitted_by", "validated_by"):
        op.execute(f"ALTER TABLE plans.plans ADD COLUMN {column} text")
    grant_app(op, "plans")
    keep_append_only(op)


def downgrade() -> None:
    op.execute("ALTER TABLE plans.plans DROP COLUMN continues, DROP COLUMN submitted_by, DROP COLUMN validated_by")
    for table in ("projects", "strategies", "objectives"):
        op.execute(f"ALTER TABLE plans.{table} DROP COLUMN continues")
    op.execute("DROP SEQUENCE plans.observation_ids")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE plans.{name}")
