"""Dependencias with their versions, zones and provinces.

Revision ID: 20261122_1045
Revises:
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app
from migrations.kit_tables import create_kit_tables, drop_kit_tables

revision = "20261122_1045"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_kit_tables(op, "orgchart")
    op.execute(
        """
        CREATE TABLE orgchart.dependencias (
            id bigint NOT NULL CONSTRAINT pk_dependencias PRIMARY KEY,
            code text NOT NULL CONSTRAINT uq_dependencias_code UNIQUE,
            derived boolean NOT NULL,
            aliases text[] NOT NULL,
            aliases_folded text[] NOT NULL,
            note text,
            CONSTRAINT ck_dependencias_code CHECK (code ~ '^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$')
        )"""
    )
    # Without contrib extensions an id joins an exclusion constraint as a range of itself.
    op.execute(
        """
        CREATE TABLE orgchart.dependencia_versions (
            dependencia_id bigint NOT NULL
                CONSTRAINT fk_dependencia_versions_dependencia_id_dependencias REFERENCES orgchart.dependencias (id),
            valid_from date NOT NULL,
            valid_to date,
            name text NOT NULL,
            name_folded text NOT NULL,
            kind text NOT NULL,
            parent_id bigint
                CONSTRAINT fk_dependencia_versions_parent_id_dependencias REFERENCES orgchart.dependencias (id),
            numeral text,
            rof_unit_id text,
            province text,
            management_level smallint,
            technical_parent_id bigint
                CONSTRAINT fk_dependencia_versions_technical_parent_id_dependencias
                REFERENCES orgchart.dependencias (id),
            other_technical_parent_ids bigint[] NOT NULL,
            responsible_post text,
            resolution text,
            provision text,
            operation text NOT NULL,
            source text NOT NULL,
            lines integer[] NOT NULL,
            CONSTRAINT pk_dependencia_versions PRIMARY KEY (dependencia_id, valid_from),
            CONSTRAINT ck_dependencia_versions_validity CHECK (valid_to IS NULL OR valid_from <= valid_to),
            CONSTRAINT ck_dependencia_versions_parent CHECK (parent_id <> dependencia_id),
            CONSTRAINT ck_dependencia_versions_management_level CHECK (management_level IN (1, 2)),
            CONSTRAINT ex_dependencia_versions_one_at_a_time EXCLUDE USING gist (
                int8range(dependencia_id, dependencia_id, '[]') WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        )"""
    )
    op.execute("CREATE INDEX ix_dependencia_versions_parent_id ON orgchart.dependencia_versions (parent_id)")
    op.execute(
        """
        CREATE TABLE orgchart.zones (
            zone smallint NOT NULL,
            name text NOT NULL,
            seat text NOT NULL,
            seat_province text NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            lines integer[] NOT NULL,
            CONSTRAINT pk_zones PRIMARY KEY (zone, valid_from)
        )"""
    )
    op.execute(
        """
        CREATE TABLE orgchart.provinces (
            name text NOT NULL,
            name_folded text NOT NULL,
            aliases text[] NOT NULL,
            dependencia_id bigint NOT NULL
                CONSTRAINT fk_provinces_dependencia_id_dependencias REFERENCES orgchart.dependencias (id),
            zone smallint NOT NULL,
            seat boolean NOT NULL,
            management_level smallint NOT NULL
                CONSTRAINT ck_provinces_management_level CHECK (management_level IN (1, 2)),
            inec_code text NOT NULL,
            iso_code text NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            lines integer[] NOT NULL,
            CONSTRAINT pk_provinces PRIMARY KEY (inec_code, valid_from),
            CONSTRAINT uq_provinces_name UNIQUE (name, valid_from),
            CONSTRAINT uq_provinces_dependencia_id UNIQUE (dependencia_id, valid_from)
        )"""
    )
    grant_app(op, "orgchart")


def downgrade() -> None:
    for table in ("provinces", "zones", "dependencia_versions", "dependencias"):
        op.execute(f"DROP TABLE orgchart.{table}")
    drop_kit_tables(op, "orgchart")
