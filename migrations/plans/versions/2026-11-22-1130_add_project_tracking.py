"""Tracking of projects: phases, milestones, progress reports, risks, budget, and the policy of their light.

Revision ID: 20261122_1130
Revises: 20261122_1120
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.plans.append_only import keep_append_only

revision = "20261122_1130"
down_revision = "20261122_1120"
branch_labels = None
depends_on = None

PROJECT = "project text NOT NULL CONSTRAINT fk_{table}_project_projects REFERENCES plans.projects (id)"

TABLES = {
    "project_phases": """
        code text NOT NULL CONSTRAINT pk_project_phases PRIMARY KEY,
        label text NOT NULL,
        ordinal integer NOT NULL CONSTRAINT uq_project_phases_ordinal UNIQUE,
        is_final boolean NOT NULL,
        stops_clock boolean NOT NULL""",
    "project_phase_steps": """
        from_phase text NOT NULL,
        to_phase text NOT NULL CONSTRAINT fk_project_phase_steps_to_phase_project_phases
            REFERENCES plans.project_phases (code),
        needs_reason boolean NOT NULL,
        CONSTRAINT pk_project_phase_steps PRIMARY KEY (from_phase, to_phase)""",
    "project_policies": """
        code text NOT NULL,
        version integer NOT NULL,
        amber_points numeric NOT NULL,
        red_points numeric NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        author text NOT NULL,
        reason text NOT NULL,
        CONSTRAINT pk_project_policies PRIMARY KEY (code, version),
        CONSTRAINT ck_project_policies_bands CHECK (0 <= amber_points AND amber_points < red_points)""",
    "project_transitions": f"""
        {PROJECT.format(table="project_transitions")},
        number integer NOT NULL,
        from_phase text,
        to_phase text NOT NULL,
        reason text,
        effective_on date NOT NULL,
        actor text NOT NULL,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT pk_project_transitions PRIMARY KEY (project, number)""",
    "project_milestones": f"""
        {PROJECT.format(table="project_milestones")},
        number integer NOT NULL,
        name text NOT NULL,
        weight_percent numeric NOT NULL
            CONSTRAINT ck_project_milestones_weight CHECK (weight_percent > 0 AND weight_percent <= 100),
        planned_on date NOT NULL,
        done_on date,
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL,
        CONSTRAINT pk_project_milestones PRIMARY KEY (project, number)""",
    "project_reports": f"""
        {PROJECT.format(table="project_reports")},
        period text NOT NULL CONSTRAINT ck_project_reports_period CHECK (period ~ '^\\d{{4}}-(0[1-9]|1[0-2])$'),
        version integer NOT NULL,
        progress_percent numeric NOT NULL
            CONSTRAINT ck_project_reports_progress CHECK (progress_percent BETWEEN 0 AND 100),
        note text,
        status text NOT NULL CONSTRAINT ck_project_reports_status
            CHECK (status IN ('submitted', 'returned', 'approved')),
        reported_by text NOT NULL,
        reported_at timestamptz NOT NULL,
        decided_by text,
        decided_at timestamptz,
        decision_reason text,
        CONSTRAINT pk_project_reports PRIMARY KEY (project, period, version)""",
    "project_risks": f"""
        {PROJECT.format(table="project_risks")},
        number integer NOT NULL,
        description text NOT NULL,
        probability integer NOT NULL CONSTRAINT ck_project_risks_probability CHECK (probability BETWEEN 1 AND 5),
        impact integer NOT NULL CONSTRAINT ck_project_risks_impact CHECK (impact BETWEEN 1 AND 5),
        response text NOT NULL CONSTRAINT ck_project_risks_response
            CHECK (response IN ('avoid', 'mitigate', 'transfer', 'accept')),
        plan_of_response text,
        status text NOT NULL CONSTRAINT ck_project_risks_status CHECK (status IN ('open', 'closed')),
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL,
        CONSTRAINT pk_project_risks PRIMARY KEY (project, number)""",
    "project_budgets": f"""
        {PROJECT.format(table="project_budgets")},
        year integer NOT NULL,
        planned numeric NOT NULL CONSTRAINT ck_project_budgets_planned CHECK (planned >= 0),
        accrued numeric NOT NULL CONSTRAINT ck_project_budgets_accrued CHECK (accrued >= 0),
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL,
        CONSTRAINT pk_project_budgets PRIMARY KEY (project, year)""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE plans.{name} ({columns}\n)")
    grant_app(op, "plans")
    keep_append_only(op)


def downgrade() -> None:
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE plans.{name}")
