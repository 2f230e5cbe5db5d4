"""Plans, objectives, strategies, alignment, projects and budget execution.

Revision ID: 20261122_1040
Revises:
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.kit_tables import (
    create_kit_tables,
    create_organisation_replica,
    drop_kit_tables,
    drop_organisation_replica,
)

revision = "20261122_1040"
down_revision = None
branch_labels = None
depends_on = None

TRACE = """
    warnings text[] NOT NULL DEFAULT '{}',
    notes text[] NOT NULL DEFAULT '{}',
    source jsonb,
    revision integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL"""

TABLES = {
    "plans": f"""
        code text NOT NULL CONSTRAINT pk_plans PRIMARY KEY,
        kind text NOT NULL CONSTRAINT ck_plans_kind CHECK (kind IN ('pei', 'poa', 'pac')),
        title text NOT NULL,
        title_folded text NOT NULL,
        dependencia_id bigint NOT NULL,
        parent text CONSTRAINT fk_plans_parent_plans REFERENCES plans.plans (code),
        period_from date NOT NULL,
        period_to date NOT NULL,
        status text NOT NULL CONSTRAINT ck_plans_status CHECK (status IN ('draft', 'submitted', 'observed', 'validated',
            'approved', 'in_execution', 'closed', 'rejected')),
        version integer NOT NULL CONSTRAINT ck_plans_version CHECK (version >= 0),
        approval_body text,
        approval_act text,
        approval_date date,
        {TRACE},
        CONSTRAINT ck_plans_period CHECK (period_from <= period_to)""",
    "plan_sections": """
        plan text NOT NULL CONSTRAINT fk_plan_sections_plan_plans REFERENCES plans.plans (code),
        number text NOT NULL,
        ordinal integer NOT NULL,
        dependencia_id bigint NOT NULL,
        title text NOT NULL,
        warnings text[] NOT NULL DEFAULT '{}',
        notes text[] NOT NULL DEFAULT '{}',
        source jsonb,
        CONSTRAINT pk_plan_sections PRIMARY KEY (plan, number)""",
    "objectives": f"""
        code text NOT NULL CONSTRAINT pk_objectives PRIMARY KEY,
        plan text NOT NULL CONSTRAINT fk_objectives_plan_plans REFERENCES plans.plans (code),
        ordinal integer NOT NULL,
        dependencia_id bigint NOT NULL,
        level text NOT NULL CONSTRAINT ck_objectives_level CHECK (level IN ('N1', 'N2', 'N3', 'N4')),
        number integer,
        statement text NOT NULL,
        statement_folded text NOT NULL,
        section text,
        unit_printed text,
        axis jsonb,
        valid_from date NOT NULL,
        valid_to date NOT NULL,
        {TRACE},
        CONSTRAINT ck_objectives_validity CHECK (valid_from <= valid_to)""",
    "strategies": f"""
        code text NOT NULL CONSTRAINT pk_strategies PRIMARY KEY,
        plan text NOT NULL CONSTRAINT fk_strategies_plan_plans REFERENCES plans.plans (code),
        ordinal integer NOT NULL,
        objective text NOT NULL CONSTRAINT fk_strategies_objective_objectives REFERENCES plans.objectives (code),
        text text NOT NULL,
        text_folded text NOT NULL,
        in_pei boolean NOT NULL,
        valid_from date NOT NULL,
        valid_to date NOT NULL,
        {TRACE},
        CONSTRAINT ck_strategies_validity CHECK (valid_from <= valid_to)""",
    "alignments": """
        id bigint NOT NULL CONSTRAINT pk_alignments PRIMARY KEY,
        plan text NOT NULL CONSTRAINT fk_alignments_plan_plans REFERENCES plans.plans (code),
        from_objective text NOT NULL
            CONSTRAINT fk_alignments_from_objective_objectives REFERENCES plans.objectives (code),
        to_objective text
            CONSTRAINT fk_alignments_to_objective_objectives REFERENCES plans.objectives (code),
        to_strategy text CONSTRAINT fk_alignments_to_strategy_strategies REFERENCES plans.strategies (code),
        basis text NOT NULL CONSTRAINT ck_alignments_basis CHECK (basis IN ('section', 'structure', 'entered')),
        printed_number integer,
        printed_text text,
        number_by_text integer,
        warnings text[] NOT NULL DEFAULT '{}',
        source jsonb,
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL,
        CONSTRAINT ck_alignments_one_target CHECK (num_nonnulls(to_objective, to_strategy) = 1),
        CONSTRAINT uq_alignments_from_to UNIQUE NULLS NOT DISTINCT (from_objective, to_objective, to_strategy)""",
    "projects": f"""
        id text NOT NULL CONSTRAINT pk_projects PRIMARY KEY,
        plan text NOT NULL CONSTRAINT fk_projects_plan_plans REFERENCES plans.plans (code),
        ordinal integer NOT NULL,
        dependencia_id bigint NOT NULL,
        section text,
        kind text NOT NULL CONSTRAINT ck_projects_kind CHECK (kind IN ('project', 'action_plan')),
        code text,
        code_printed text,
        number integer,
        name text NOT NULL,
        name_folded text NOT NULL,
        phase text,
        phase_printed text,
        progress_percent numeric CONSTRAINT ck_projects_progress CHECK (progress_percent BETWEEN 0 AND 100),
        cut_off date,
        start_date date,
        end_date date,
        carried_over boolean NOT NULL,
        owners_printed text,
        {TRACE},
        CONSTRAINT ck_projects_dates CHECK (start_date <= end_date)""",
    "project_owners": """
        project text NOT NULL CONSTRAINT fk_project_owners_project_projects REFERENCES plans.projects (id),
        dependencia_id bigint NOT NULL,
        ordinal integer NOT NULL,
        year integer NOT NULL,
        code text,
        CONSTRAINT pk_project_owners PRIMARY KEY (project, dependencia_id),
        CONSTRAINT uq_project_owners_code UNIQUE (dependencia_id, year, code)""",
    "project_components": """
        project text NOT NULL CONSTRAINT fk_project_components_project_projects REFERENCES plans.projects (id),
        number integer NOT NULL,
        text text NOT NULL,
        CONSTRAINT pk_project_components PRIMARY KEY (project, number)""",
    "lint_verbs": """
        verb_folded text NOT NULL,
        verb text NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        added_by text NOT NULL,
        source text NOT NULL,
        CONSTRAINT pk_lint_verbs PRIMARY KEY (verb_folded, valid_from)""",
    "budget_batches": """
        id uuid NOT NULL CONSTRAINT pk_budget_batches PRIMARY KEY,
        source text NOT NULL,
        received_at timestamptz NOT NULL,
        received_by text NOT NULL,
        answer jsonb NOT NULL""",
    "budget_execution": """
        year integer NOT NULL,
        month integer NOT NULL CONSTRAINT ck_budget_execution_month CHECK (month BETWEEN 1 AND 12),
        company text NOT NULL CONSTRAINT ck_budget_execution_company CHECK (company ~ '^2(0[1-9]|1[0-6])$'),
        budget_group text NOT NULL DEFAULT '',
        printed_code text NOT NULL,
        printed_name text NOT NULL,
        budget_current numeric NOT NULL CONSTRAINT ck_budget_execution_current CHECK (budget_current >= 0),
        budget_accrued numeric NOT NULL CONSTRAINT ck_budget_execution_accrued CHECK (budget_accrued >= 0),
        printed_percent numeric,
        warnings text[] NOT NULL DEFAULT '{}',
        source jsonb,
        version integer NOT NULL DEFAULT 1,
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        CONSTRAINT pk_budget_execution PRIMARY KEY (year, month, company, budget_group)""",
    "budget_execution_revisions": """
        year integer NOT NULL,
        month integer NOT NULL,
        company text NOT NULL,
        budget_group text NOT NULL,
        version integer NOT NULL,
        printed_code text NOT NULL,
        printed_name text NOT NULL,
        budget_current numeric NOT NULL,
        budget_accrued numeric NOT NULL,
        printed_percent numeric,
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        batch uuid,
        CONSTRAINT pk_budget_execution_revisions PRIMARY KEY (year, month, company, budget_group, version)""",
}

INDEXES = (
    ("ix_objectives_plan_ordinal", "objectives (plan, ordinal)"),
    ("ix_objectives_dependencia_id", "objectives (dependencia_id)"),
    ("ix_strategies_plan_ordinal", "strategies (plan, ordinal)"),
    ("ix_strategies_objective", "strategies (objective)"),
    ("ix_alignments_plan", "alignments (plan)"),
    ("ix_alignments_to_objective", "alignments (to_objective)"),
    ("ix_alignments_to_strategy", "alignments (to_strategy)"),
    ("ix_projects_plan_ordinal", "projects (plan, ordinal)"),
    ("ix_project_owners_dependencia_id", "project_owners (dependencia_id)"),
)


def upgrade() -> None:
    create_kit_tables(op, "plans")
    create_organisation_replica(op, "plans")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE plans.{name} ({columns}\n)")
    op.execute("CREATE SEQUENCE plans.alignment_ids AS bigint")
    for name, target in INDEXES:
        op.execute(f"CREATE INDEX {name} ON plans.{target}")
    grant_app(op, "plans")


def downgrade() -> None:
    op.execute("DROP SEQUENCE plans.alignment_ids")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE plans.{name}")
    drop_organisation_replica(op, "plans")
    drop_kit_tables(op, "plans")
