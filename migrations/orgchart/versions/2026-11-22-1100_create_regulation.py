"""The regulation: resolutions, units with versions and counts, items, other provisions, imports.

Revision ID: 20261122_1100
Revises: 20261122_1045
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1100"
down_revision = "20261122_1045"
branch_labels = None
depends_on = None

# Every fact of the regulation carries its validity and where it comes from.
TRACE = """
            valid_from date NOT NULL,
            valid_to date,
            resolution text NOT NULL,
            provision text,
            operation text NOT NULL,
            closed_by jsonb,
            lines integer[] NOT NULL"""


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE orgchart.resolutions (
            code text NOT NULL CONSTRAINT pk_resolutions PRIMARY KEY,
            date date NOT NULL,
            in_force_from date NOT NULL,
            changes integer NOT NULL,
            source text NOT NULL
        )"""
    )
    op.execute(
        """
        CREATE TABLE orgchart.rof_units (
            id text NOT NULL CONSTRAINT pk_rof_units PRIMARY KEY,
            dependencia_id bigint
                CONSTRAINT fk_rof_units_dependencia_id_dependencias REFERENCES orgchart.dependencias (id)
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE orgchart.rof_unit_versions (
            unit_id text NOT NULL
                CONSTRAINT fk_rof_unit_versions_unit_id_rof_units REFERENCES orgchart.rof_units (id),
            numeral text NOT NULL,
            numeral_key text NOT NULL,
            name text NOT NULL,
            name_folded text NOT NULL,
            process_name text,
            kind text NOT NULL,
            process_type text,
            process_group text,
            parent_numeral text,
            responsible_post text,
            alias_numerals text[] NOT NULL,
            alias_names text[] NOT NULL,
            general_scope text,
            mission text,
            attributions_intro text,
            attributions_closing text,
            management_note text,{TRACE},
            CONSTRAINT pk_rof_unit_versions PRIMARY KEY (unit_id, valid_from),
            CONSTRAINT ck_rof_unit_versions_validity CHECK (valid_to IS NULL OR valid_from <= valid_to),
            CONSTRAINT ck_rof_unit_versions_general_scope CHECK (general_scope IN ('national', 'provincial'))
        )"""
    )
    op.execute("CREATE INDEX ix_rof_unit_versions_numeral ON orgchart.rof_unit_versions (numeral)")
    op.execute(
        """
        CREATE TABLE orgchart.rof_unit_counts (
            unit_id text NOT NULL
                CONSTRAINT fk_rof_unit_counts_unit_id_rof_units REFERENCES orgchart.rof_units (id),
            valid_from date NOT NULL,
            valid_to date,
            attributions integer NOT NULL,
            products integer NOT NULL,
            CONSTRAINT pk_rof_unit_counts PRIMARY KEY (unit_id, valid_from),
            CONSTRAINT ck_rof_unit_counts_validity CHECK (valid_to IS NULL OR valid_from <= valid_to)
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE orgchart.rof_items (
            id bigint NOT NULL CONSTRAINT pk_rof_items PRIMARY KEY,
            unit_id text
                CONSTRAINT fk_rof_items_unit_id_rof_units REFERENCES orgchart.rof_units (id),
            general_scope text,
            section text NOT NULL,
            supergroup text,
            group_title text,
            label text,
            position integer NOT NULL,
            text text NOT NULL,
            text_folded text NOT NULL,
            responsible_post text,{TRACE},
            CONSTRAINT ck_rof_items_validity CHECK (valid_to IS NULL OR valid_from <= valid_to),
            CONSTRAINT ck_rof_items_owner CHECK ((unit_id IS NULL) <> (general_scope IS NULL)),
            CONSTRAINT ck_rof_items_section CHECK (section IN ('attributions', 'products', 'internal_management'))
        )"""
    )
    op.execute("CREATE INDEX ix_rof_items_unit_id ON orgchart.rof_items (unit_id, section, position)")
    op.execute("CREATE INDEX ix_rof_items_words ON orgchart.rof_items USING gin (to_tsvector('simple', text_folded))")
    op.execute(
        f"""
        CREATE TABLE orgchart.rof_provisions (
            id bigint NOT NULL CONSTRAINT pk_rof_provisions PRIMARY KEY,
            kind text NOT NULL,
            subkind text,
            label text,
            title text,
            text text NOT NULL,
            text_folded text NOT NULL,{TRACE},
            CONSTRAINT ck_rof_provisions_validity CHECK (valid_to IS NULL OR valid_from <= valid_to)
        )"""
    )
    op.execute(
        """
        CREATE TABLE orgchart.rof_imports (
            id uuid NOT NULL CONSTRAINT pk_rof_imports PRIMARY KEY,
            imported_at timestamptz NOT NULL,
            actor text NOT NULL,
            sha256 text NOT NULL,
            size_bytes bigint NOT NULL,
            changed boolean NOT NULL,
            counts jsonb NOT NULL,
            findings jsonb NOT NULL
        )"""
    )
    grant_app(op, "orgchart")


def downgrade() -> None:
    for table in (
        "rof_imports",
        "rof_provisions",
        "rof_items",
        "rof_unit_counts",
        "rof_unit_versions",
        "rof_units",
        "resolutions",
    ):
        op.execute(f"DROP TABLE orgchart.{table}")
