"""One table for the policies of plans: the agreed verbs, the deadline of PAC reforms, the light of projects.

Each was a table of its own that nothing could add to. Their versions move here as they were; the verbs, which were one
row each with the same validity, become the first version of one list.

Revision ID: 20261122_1400
Revises: 20261122_1130
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.plans.append_only import keep_append_only

revision = "20261122_1400"
down_revision = "20261122_1130"
branch_labels = None
depends_on = None

REASON = "'Lista inicial por revisar por la DNPL; cada verbo con su fuente.'"


def upgrade() -> None:
    op.execute(
        """CREATE TABLE plans.policies (
            code text NOT NULL,
            version integer NOT NULL,
            kind text NOT NULL CONSTRAINT ck_policies_kind
                CHECK (kind IN ('lint_verbs', 'pac_deadlines', 'project_lights')),
            rules jsonb NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            reason text NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by text NOT NULL,
            CONSTRAINT pk_policies PRIMARY KEY (code, version),
            CONSTRAINT ck_policies_validity CHECK (valid_from <= valid_to)
        )"""
    )
    op.execute(
        f"""INSERT INTO plans.policies
            SELECT 'VERBOS', 1, 'lint_verbs',
                jsonb_build_object('verbs', jsonb_agg(jsonb_build_object('verb', verb, 'source', source)
                    ORDER BY verb_folded)), min(valid_from), NULL, {REASON}, now(), min(added_by)
            FROM plans.lint_verbs HAVING count(*) > 0"""
    )
    op.execute(
        """INSERT INTO plans.policies
           SELECT code, version, 'pac_deadlines', jsonb_build_object('deadline_business_days', deadline_business_days),
               valid_from, valid_to, reason, now(), author FROM plans.pac_policies"""
    )
    op.execute(
        """INSERT INTO plans.policies
           SELECT code, version, 'project_lights', jsonb_build_object('amber_points', amber_points::text,
               'red_points', red_points::text), valid_from, valid_to, reason, now(), author
           FROM plans.project_policies"""
    )
    for table in ("lint_verbs", "pac_policies", "project_policies"):
        op.execute(f"DROP TABLE plans.{table}")
    grant_app(op, "plans")
    keep_append_only(op)


def downgrade() -> None:
    op.execute(
        """CREATE TABLE plans.lint_verbs (
            verb_folded text NOT NULL,
            verb text NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            added_by text NOT NULL,
            source text NOT NULL,
            CONSTRAINT pk_lint_verbs PRIMARY KEY (verb_folded, valid_from)
        )"""
    )
    op.execute(
        """CREATE TABLE plans.pac_policies (
            code text NOT NULL,
            version integer NOT NULL,
            deadline_business_days integer NOT NULL
                CONSTRAINT ck_pac_policies_deadline CHECK (deadline_business_days BETWEEN 1 AND 250),
            valid_from date NOT NULL,
            valid_to date,
            author text NOT NULL,
            reason text NOT NULL,
            CONSTRAINT pk_pac_policies PRIMARY KEY (code, version)
        )"""
    )
    op.execute(
        """CREATE TABLE plans.project_policies (
            code text NOT NULL,
            version integer NOT NULL,
            amber_points numeric NOT NULL,
            red_points numeric NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            author text NOT NULL,
            reason text NOT NULL,
            CONSTRAINT pk_project_policies PRIMARY KEY (code, version),
            CONSTRAINT ck_project_policies_bands CHECK (0 <= amber_points AND amber_points < red_points)
        )"""
    )
    op.execute(
        """INSERT INTO plans.lint_verbs (verb_folded, verb, valid_from, valid_to, added_by, source)
           SELECT lower(v->>'verb'), v->>'verb', p.valid_from, p.valid_to, p.recorded_by, coalesce(v->>'source', '')
           FROM plans.policies p CROSS JOIN LATERAL jsonb_array_elements(p.rules->'verbs') v
           WHERE p.kind = 'lint_verbs'
             AND p.version = (SELECT max(version) FROM plans.policies WHERE kind = 'lint_verbs')"""
    )
    op.execute(
        """INSERT INTO plans.pac_policies
           SELECT code, version, (rules->>'deadline_business_days')::integer, valid_from, valid_to, recorded_by, reason
           FROM plans.policies WHERE kind = 'pac_deadlines'"""
    )
    op.execute(
        """INSERT INTO plans.project_policies
           SELECT code, version, (rules->>'amber_points')::numeric, (rules->>'red_points')::numeric, valid_from,
               valid_to, recorded_by, reason FROM plans.policies WHERE kind = 'project_lights'"""
    )
    op.execute("DROP TABLE plans.policies")
    grant_app(op, "plans")
