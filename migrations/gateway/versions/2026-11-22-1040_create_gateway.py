"""create accounts, sessions, roles, grants, the access stamp and the kit's tables"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.kit_tables import (
    create_kit_tables,
    create_organisation_replica,
    drop_kit_tables,
    drop_organisation_replica,
)

revision = "gateway_0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "gateway"

TABLES = """
CREATE SEQUENCE gateway.account_ids;
CREATE TABLE gateway.accounts (
    id bigint NOT NULL CONSTRAINT pk_accounts PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_accounts_kind CHECK (kind IN ('user', 'client')),
    subject text NOT NULL CONSTRAINT uq_accounts_subject UNIQUE
        CONSTRAINT ck_accounts_subject CHECK (subject ~ '^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$'),
    name text NOT NULL,
    email text,
    status text NOT NULL CONSTRAINT ck_accounts_status CHECK (status IN ('invited', 'active', 'disabled')),
    secret_hash text,
    secret_changed_at timestamptz,
    activation_digest bytea,
    activation_expires_at timestamptz,
    totp_secret bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT ck_accounts_active_has_secret CHECK (status <> 'active' OR secret_hash IS NOT NULL)
);

CREATE TABLE gateway.sessions (
    id uuid NOT NULL CONSTRAINT pk_sessions PRIMARY KEY,
    account_id bigint NOT NULL CONSTRAINT fk_sessions_account_id_accounts REFERENCES gateway.accounts (id),
    refresh_digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_because text,
    CONSTRAINT ck_sessions_ended CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);
CREATE INDEX ix_sessions_account_id ON gateway.sessions (account_id) WHERE ended_at IS NULL;

CREATE TABLE gateway.login_failures (
    name_digest bytea NOT NULL CONSTRAINT pk_login_failures PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);

CREATE TABLE gateway.roles (
    code text NOT NULL CONSTRAINT pk_roles PRIMARY KEY,
    label text NOT NULL,
    position integer NOT NULL
);
CREATE TABLE gateway.role_permissions (
    role text NOT NULL CONSTRAINT fk_role_permissions_role_roles REFERENCES gateway.roles (code),
    feed text NOT NULL DEFAULT '',
    permission text NOT NULL,
    CONSTRAINT pk_role_permissions PRIMARY KEY (role, feed, permission)
);
CREATE TABLE gateway.common_permissions (
    permission text NOT NULL CONSTRAINT pk_common_permissions PRIMARY KEY
);

CREATE SEQUENCE gateway.grant_ids;
CREATE TABLE gateway.grants (
    id bigint NOT NULL CONSTRAINT pk_grants PRIMARY KEY,
    account_id bigint NOT NULL CONSTRAINT fk_grants_account_id_accounts REFERENCES gateway.accounts (id),
    role text NOT NULL CONSTRAINT fk_grants_role_roles REFERENCES gateway.roles (code),
    feed text NOT NULL DEFAULT ''
        CONSTRAINT ck_grants_feed CHECK (feed IN ('', 'measurements', 'budget', 'people')),
    dependencia text NOT NULL,
    subtree boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    source text NOT NULL CONSTRAINT ck_grants_source
        CHECK (source IN ('manual', 'demo', 'delegation', 'appointment')),
    reason text,
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    ended_reason text,
    version bigint NOT NULL,
    CONSTRAINT ck_grants_dates CHECK (valid_to IS NULL OR valid_to >= valid_from),
    CONSTRAINT ck_grants_integrator_names_its_feed CHECK ((role = 'integrator') = (feed <> '')),
    CONSTRAINT ck_grants_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX ix_grants_account_id ON gateway.grants (account_id) WHERE ended_at IS NULL;
CREATE INDEX ix_grants_dependencia ON gateway.grants (dependencia) WHERE ended_at IS NULL;

CREATE TABLE gateway.access_stamp (
    id integer NOT NULL CONSTRAINT pk_access_stamp PRIMARY KEY CONSTRAINT ck_access_stamp_one CHECK (id = 1),
    version bigint NOT NULL
);
INSERT INTO gateway.access_stamp VALUES (1, 1);
"""

# What the rules of the roles say, as permissions (design: domain, roles). A change is a new migration.
COMMON = "organisation:read appointment:read plan:read indicator:read calendar:read policy:read"
SCOPED_READS = "assignment:read measurement:read project:read pac:read budget:read"
ROLES = {
    ("administrator", ""): "user:read user:write client:write grant:read grant:write",
    ("methodologist", ""): f"{SCOPED_READS} organisation:write regulation:import reorganization:apply "
    "plan:write plan:validate plan:observe indicator:write target:write calendar:write lock-exception:write "
    "policy:write",
    ("authority", ""): f"{SCOPED_READS} plan:approve plan:observe project:approve",
    ("plan_owner", ""): f"{SCOPED_READS} plan:write plan:submit project:report "
    "project:approve pac:write measurement:approve measurement:return",
    ("reporter", ""): "assignment:read measurement:read measurement:submit project:read project:report pac:read",
    ("integrator", "measurements"): "assignment:read measurement:read measurement:submit",
    ("integrator", "budget"): "budget:read budget:push",
    ("integrator", "people"): "person:read person:write appointment:push",
    ("auditor", ""): f"{SCOPED_READS} person:read user:read grant:read audit:read",
    ("viewer", ""): SCOPED_READS,
}
LABELS = {
    "administrator": "Administración",
    "methodologist": "Metodología (DNPL)",
    "authority": "Autoridad",
    "plan_owner": "Titular del plan",
    "reporter": "Reporte",
    "integrator": "Sistema integrador",
    "auditor": "Auditoría",
    "viewer": "Consulta",
}


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for position, (code, label) in enumerate(LABELS.items(), 1):
        op.execute(f"INSERT INTO gateway.roles VALUES ('{code}', '{label}', {position})")
    for (role, feed), permissions in ROLES.items():
        for permission in permissions.split():
            op.execute(f"INSERT INTO gateway.role_permissions VALUES ('{role}', '{feed}', '{permission}')")
    for permission in COMMON.split():
        op.execute(f"INSERT INTO gateway.common_permissions VALUES ('{permission}')")
    create_kit_tables(op, SCHEMA)
    create_organisation_replica(op, SCHEMA)
    grant_app(op, SCHEMA)


def downgrade() -> None:
    drop_organisation_replica(op, SCHEMA)
    drop_kit_tables(op, SCHEMA)
    for table in (
        "access_stamp",
        "grants",
        "common_permissions",
        "role_permissions",
        "roles",
        "login_failures",
        "sessions",
        "accounts",
    ):
        op.execute(f"DROP TABLE gateway.{table}")
    op.execute("DROP SEQUENCE gateway.grant_ids")
    op.execute("DROP SEQUENCE gateway.account_ids")
