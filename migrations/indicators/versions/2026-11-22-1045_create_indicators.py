"""Create indicators, assignments, targets, measurements and the policies that judge them."""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.kit_tables import (
    create_kit_tables,
    create_organisation_replica,
    drop_kit_tables,
    drop_organisation_replica,
)

revision = "indicators_0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "indicators"

# Codes and periods sort and compare by bytes: faster than any collation, and equal on every machine.
CODE = 'text COLLATE "C"'

SHARED = f"""
CREATE SEQUENCE {SCHEMA}.indicator_ids;
CREATE SEQUENCE {SCHEMA}.assignment_ids;
CREATE SEQUENCE {SCHEMA}.lock_exception_ids;

CREATE TABLE {SCHEMA}.indicators (
    id bigint NOT NULL CONSTRAINT pk_indicators PRIMARY KEY,
    code {CODE} NOT NULL CONSTRAINT uq_indicators_code UNIQUE,
    version integer NOT NULL,
    name text NOT NULL,
    folded text NOT NULL,
    aliases text[] NOT NULL,
    description text,
    formula text,
    unit text,
    frequency text,
    direction text NOT NULL,
    time_aggregation text NOT NULL,
    org_aggregation text NOT NULL,
    hierarchy text,
    source_text text,
    tolerance numeric,
    zero_policy text,
    evidence_required boolean NOT NULL,
    numerator_bounded boolean NOT NULL,
    succeeds text[] NOT NULL,
    warnings text[] NOT NULL,
    source jsonb,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT ck_indicators_direction CHECK (direction IN ('up', 'down', 'range', 'maintain')),
    CONSTRAINT ck_indicators_time_aggregation
        CHECK (time_aggregation IN ('sum', 'mean', 'last', 'max', 'ratio')),
    CONSTRAINT ck_indicators_org_aggregation
        CHECK (org_aggregation IN ('sum', 'mean', 'weighted', 'ratio', 'none')),
    CONSTRAINT ck_indicators_hierarchy CHECK (hierarchy IN ('impact', 'result')),
    CONSTRAINT ck_indicators_tolerance CHECK (tolerance > 0)
);

CREATE TABLE {SCHEMA}.indicator_versions (
    indicator_id bigint NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    CONSTRAINT pk_indicator_versions PRIMARY KEY (indicator_id, version)
);

CREATE TABLE {SCHEMA}.policies (
    code {CODE} NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    bands jsonb NOT NULL,
    cap numeric NOT NULL,
    rules jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    CONSTRAINT pk_policies PRIMARY KEY (code, version),
    CONSTRAINT ck_policies_cap CHECK (cap > 0)
);

CREATE TABLE {SCHEMA}.calendars (
    plan {CODE} NOT NULL,
    version integer NOT NULL,
    rules jsonb NOT NULL,
    first_year integer NOT NULL,
    last_year integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    CONSTRAINT pk_calendars PRIMARY KEY (plan, version),
    CONSTRAINT ck_calendars_years CHECK (first_year <= last_year)
);

CREATE TABLE {SCHEMA}.calendar_periods (
    plan {CODE} NOT NULL,
    period {CODE} NOT NULL,
    version integer NOT NULL,
    frequency text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    opens_on date NOT NULL,
    due_on date NOT NULL,
    locks_on date,
    CONSTRAINT pk_calendar_periods PRIMARY KEY (plan, version, period),
    CONSTRAINT ck_calendar_periods_locks_on CHECK (locks_on >= due_on)
);

CREATE TABLE {SCHEMA}.measurement_batches (
    id uuid NOT NULL CONSTRAINT pk_measurement_batches PRIMARY KEY,
    subject text NOT NULL,
    source text NOT NULL,
    mode text NOT NULL,
    received integer NOT NULL,
    created integer NOT NULL,
    updated integer NOT NULL,
    unchanged integer NOT NULL,
    rejected integer NOT NULL,
    sha256 text NOT NULL,
    issued_at timestamptz NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX ix_measurement_batches_subject ON {SCHEMA}.measurement_batches (subject, issued_at);
"""

FACTS = """
    value numeric NOT NULL,
    numerator numeric,
    denominator numeric,
    note text,
    evidence_url text,
    evidence_sha256 text,
    source text NOT NULL,
    submitted_by text NOT NULL,
    review text NOT NULL,
    reviewed_by text,
    reviewed_at timestamptz,
    review_reason text,
    approved_value numeric,
    approved_version integer,
    returned_count integer NOT NULL,
    warnings text[],
    first_recorded_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    batch_id uuid
"""

# Everything below is distributed by dependencia_id: it leads every key, and nothing shared points here.
DISTRIBUTED = f"""
CREATE TABLE {SCHEMA}.assignments (
    dependencia_id bigint NOT NULL,
    id bigint NOT NULL,
    code {CODE} NOT NULL,
    plan {CODE} NOT NULL,
    ordinal integer NOT NULL,
    indicator_id bigint NOT NULL,
    objective text,
    level text NOT NULL,
    number integer,
    section text,
    statement text NOT NULL,
    frequency text NOT NULL,
    unit text,
    direction text NOT NULL,
    tolerance numeric,
    by_progress boolean NOT NULL,
    weight numeric NOT NULL,
    baseline_value numeric,
    baseline_period text,
    baseline_kind text,
    baseline_text text,
    target_text text,
    objective_text text,
    objective_reliability text,
    responsible jsonb,
    feed_source text NOT NULL,
    evidence_required boolean NOT NULL,
    numerator_bounded boolean NOT NULL,
    warnings text[] NOT NULL,
    notes text[] NOT NULL,
    source jsonb,
    version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT pk_assignments PRIMARY KEY (dependencia_id, id),
    CONSTRAINT uq_assignments_code UNIQUE (dependencia_id, code),
    CONSTRAINT ck_assignments_direction CHECK (direction IN ('up', 'down', 'range', 'maintain')),
    CONSTRAINT ck_assignments_tolerance CHECK (tolerance > 0),
    CONSTRAINT ck_assignments_weight CHECK (weight >= 0),
    CONSTRAINT ck_assignments_feed_source
        CHECK (feed_source IN ('manual', 'push', 'budget', 'hr', 'pac', 'platform'))
);
CREATE INDEX ix_assignments_code ON {SCHEMA}.assignments (code);
CREATE INDEX ix_assignments_plan ON {SCHEMA}.assignments (plan, dependencia_id);
CREATE INDEX ix_assignments_indicator ON {SCHEMA}.assignments (indicator_id, dependencia_id);

CREATE TABLE {SCHEMA}.targets (
    dependencia_id bigint NOT NULL,
    assignment_id bigint NOT NULL,
    period {CODE} NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    value numeric,
    value_to numeric,
    level numeric,
    level_to numeric,
    closed boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    CONSTRAINT pk_targets PRIMARY KEY (dependencia_id, assignment_id, period),
    CONSTRAINT fk_targets_assignments FOREIGN KEY (dependencia_id, assignment_id)
        REFERENCES {SCHEMA}.assignments (dependencia_id, id),
    CONSTRAINT ck_targets_kind CHECK (kind IN ('level', 'change_on_baseline',
        'change_on_same_period_last_year', 'maintain', 'ambiguous'))
);

CREATE TABLE {SCHEMA}.target_revisions (
    dependencia_id bigint NOT NULL,
    assignment_id bigint NOT NULL,
    period {CODE} NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    value numeric,
    value_to numeric,
    level numeric,
    level_to numeric,
    closed boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    superseded_at timestamptz NOT NULL,
    CONSTRAINT pk_target_revisions PRIMARY KEY (dependencia_id, assignment_id, period, version)
);

CREATE TABLE {SCHEMA}.measurements (
    dependencia_id bigint NOT NULL,
    assignment_id bigint NOT NULL,
    period {CODE} NOT NULL,
    version integer NOT NULL,
    {FACTS},
    CONSTRAINT pk_measurements PRIMARY KEY (dependencia_id, assignment_id, period),
    CONSTRAINT ck_measurements_review CHECK (review IN ('draft', 'submitted', 'returned', 'approved'))
);

CREATE TABLE {SCHEMA}.measurement_revisions (
    dependencia_id bigint NOT NULL,
    assignment_id bigint NOT NULL,
    period {CODE} NOT NULL,
    version integer NOT NULL,
    {FACTS},
    superseded_at timestamptz NOT NULL,
    CONSTRAINT pk_measurement_revisions PRIMARY KEY (dependencia_id, assignment_id, period, version),
    CONSTRAINT ck_measurement_revisions_interval CHECK (recorded_at < superseded_at)
);

CREATE TABLE {SCHEMA}.exemptions (
    dependencia_id bigint NOT NULL,
    assignment_id bigint NOT NULL,
    period {CODE} NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    ended_at timestamptz NOT NULL,
    CONSTRAINT pk_exemptions PRIMARY KEY (dependencia_id, assignment_id, period, recorded_at)
);

CREATE TABLE {SCHEMA}.lock_exceptions (
    dependencia_id bigint NOT NULL,
    id bigint NOT NULL,
    assignment_id bigint,
    plan {CODE} NOT NULL,
    period {CODE} NOT NULL,
    reason text NOT NULL,
    granted_at timestamptz NOT NULL,
    granted_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_lock_exceptions PRIMARY KEY (dependencia_id, id),
    CONSTRAINT ck_lock_exceptions_interval CHECK (granted_at < expires_at)
);

CREATE TABLE {SCHEMA}.summaries (
    dependencia_id bigint NOT NULL,
    plan {CODE} NOT NULL,
    period {CODE} NOT NULL,
    policy text NOT NULL,
    day date NOT NULL,
    feed_position bigint NOT NULL,
    computed_at timestamptz NOT NULL,
    counts jsonb NOT NULL,
    points numeric NOT NULL,
    reported_weight numeric NOT NULL,
    expected_weight numeric NOT NULL,
    CONSTRAINT pk_summaries PRIMARY KEY (dependencia_id, plan, period)
);

CREATE TABLE {SCHEMA}.summary_cursor (
    name text NOT NULL CONSTRAINT pk_summary_cursor PRIMARY KEY,
    position bigint NOT NULL
);
"""

# Batches are staged in temporary tables; the installation takes that right from PUBLIC.
MAY_STAGE = f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{SCHEMA}_app') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {SCHEMA}_app', current_database());
    END IF;
END $$"""

TABLES = (
    "summary_cursor",
    "summaries",
    "lock_exceptions",
    "exemptions",
    "measurement_revisions",
    "measurements",
    "target_revisions",
    "targets",
    "assignments",
    "measurement_batches",
    "calendar_periods",
    "calendars",
    "policies",
    "indicator_versions",
    "indicators",
)


def upgrade() -> None:
    create_kit_tables(op, SCHEMA)
    create_organisation_replica(op, SCHEMA)
    for statement in (SHARED + DISTRIBUTED).split(";"):
        if statement.strip():
            op.execute(statement)
    grant_app(op, SCHEMA)
    op.execute(MAY_STAGE)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {SCHEMA}.{table}")
    for sequence in ("lock_exception_ids", "assignment_ids", "indicator_ids"):
        op.execute(f"DROP SEQUENCE {SCHEMA}.{sequence}")
    drop_organisation_replica(op, SCHEMA)
    drop_kit_tables(op, SCHEMA)
