"""Posts, persons, appointments with their revisions, absences and batches.

Revision ID: 20261122_1220
Revises: 20261122_1100
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1220"
down_revision = "20261122_1100"
branch_labels = None
depends_on = None

TABLES = (
    # A post without a name of its own is the responsible post of its dependencia, named and dated by the
    # regulation's versions. (id, collegiate) is what appointments refer to, so that their copy of `collegiate`,
    # which the exclusion constraints need, can never differ.
    """
    CREATE TABLE orgchart.posts (
        id bigint NOT NULL CONSTRAINT pk_posts PRIMARY KEY,
        code text NOT NULL CONSTRAINT uq_posts_code UNIQUE,
        dependencia_id bigint NOT NULL
            CONSTRAINT fk_posts_dependencia_id_dependencias REFERENCES orgchart.dependencias (id),
        responsible boolean NOT NULL,
        collegiate boolean NOT NULL,
        name text,
        valid_from date,
        valid_to date,
        version integer NOT NULL,
        CONSTRAINT uq_posts_id_collegiate UNIQUE (id, collegiate),
        CONSTRAINT ck_posts_code CHECK (code ~ '^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*\\.[0-9]{2,}$'),
        CONSTRAINT ck_posts_validity CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to),
        CONSTRAINT ck_posts_named CHECK (responsible OR name IS NOT NULL)
    )""",
    "CREATE UNIQUE INDEX uq_posts_responsible ON orgchart.posts (dependencia_id) WHERE responsible",
    "CREATE INDEX ix_posts_dependencia_id ON orgchart.posts (dependencia_id)",
    "CREATE SEQUENCE orgchart.post_ids",
    # The salt keeps digests in the audit trail from being guessed back to a ten-digit number.
    """
    CREATE TABLE orgchart.persons (
        id uuid NOT NULL CONSTRAINT pk_persons PRIMARY KEY,
        dependencia_id bigint NOT NULL
            CONSTRAINT fk_persons_dependencia_id_dependencias REFERENCES orgchart.dependencias (id),
        cedula text NOT NULL CONSTRAINT uq_persons_cedula UNIQUE,
        given_names text NOT NULL,
        family_names text NOT NULL,
        name_folded text NOT NULL,
        email text,
        salt uuid NOT NULL,
        version integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT ck_persons_cedula CHECK (cedula ~ '^[0-9]{10}$')
    )""",
    "CREATE INDEX ix_persons_dependencia_id ON orgchart.persons (dependencia_id)",
    # Deferrable: one batch may end one holder and begin another in any order of its rows.
    """
    CREATE TABLE orgchart.appointments (
        id uuid NOT NULL CONSTRAINT pk_appointments PRIMARY KEY,
        post_id bigint NOT NULL,
        collegiate boolean NOT NULL,
        person_id uuid NOT NULL CONSTRAINT fk_appointments_person_id_persons REFERENCES orgchart.persons (id),
        kind text NOT NULL CONSTRAINT ck_appointments_kind CHECK (kind IN ('holder', 'acting', 'substitute')),
        valid_from date NOT NULL,
        valid_to date,
        document text,
        subject text,
        revoked_at timestamptz,
        version integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT fk_appointments_post_id_posts FOREIGN KEY (post_id, collegiate)
            REFERENCES orgchart.posts (id, collegiate) ON UPDATE CASCADE,
        CONSTRAINT ck_appointments_validity CHECK (valid_to IS NULL OR valid_from <= valid_to),
        CONSTRAINT ex_appointments_one_holder EXCLUDE USING gist (
            int8range(post_id, post_id, '[]') WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
            WHERE (kind IN ('holder', 'acting') AND NOT collegiate AND revoked_at IS NULL)
            DEFERRABLE INITIALLY IMMEDIATE,
        CONSTRAINT ex_appointments_one_substitute EXCLUDE USING gist (
            int8range(post_id, post_id, '[]') WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
            WHERE (kind = 'substitute' AND NOT collegiate AND revoked_at IS NULL)
            DEFERRABLE INITIALLY IMMEDIATE
    )""",
    """
    CREATE UNIQUE INDEX uq_appointments_natural ON orgchart.appointments (post_id, person_id, kind, valid_from)
        WHERE revoked_at IS NULL""",
    "CREATE INDEX ix_appointments_post_id ON orgchart.appointments (post_id, valid_from) WHERE revoked_at IS NULL",
    "CREATE INDEX ix_appointments_person_id ON orgchart.appointments (person_id)",
    """
    CREATE TABLE orgchart.appointment_revisions (
        appointment_id uuid NOT NULL
            CONSTRAINT fk_appointment_revisions_appointment_id_appointments REFERENCES orgchart.appointments (id),
        version integer NOT NULL,
        valid_to date,
        document text,
        subject text,
        revoked_at timestamptz,
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        reason text,
        batch_id uuid,
        CONSTRAINT pk_appointment_revisions PRIMARY KEY (appointment_id, version)
    )""",
    # Why somebody is absent is nobody's business here: the document knows.
    """
    CREATE TABLE orgchart.absences (
        id uuid NOT NULL CONSTRAINT pk_absences PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_absences_person_id_persons REFERENCES orgchart.persons (id),
        valid_from date NOT NULL,
        valid_to date,
        document text,
        version integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT ck_absences_validity CHECK (valid_to IS NULL OR valid_from <= valid_to)
    )""",
    "CREATE INDEX ix_absences_person_id ON orgchart.absences (person_id)",
    """
    CREATE TABLE orgchart.appointment_batches (
        id uuid NOT NULL CONSTRAINT pk_appointment_batches PRIMARY KEY,
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
    )""",
)
# Batches are staged in temporary tables; the installation takes that right from PUBLIC.
MAY_STAGE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'orgchart_app') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO orgchart_app', current_database());
    END IF;
END $$"""


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    op.execute(MAY_STAGE)
    grant_app(op, "orgchart")


def downgrade() -> None:
    for table in ("appointment_batches", "absences", "appointment_revisions", "appointments", "persons", "posts"):
        op.execute(f"DROP TABLE orgchart.{table}")
    op.execute("DROP SEQUENCE orgchart.post_ids")
