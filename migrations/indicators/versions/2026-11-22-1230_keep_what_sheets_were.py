"""Keep earlier versions of sheets and assignments as rows, so that a reading of the past is judged by them.

`indicator_versions` kept documents, which nothing can join. No installation has more than its first version yet.

Revision ID: 20261122_1230
Revises: 20261122_1215
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1230"
down_revision = "20261122_1215"
branch_labels = None
depends_on = None

SCHEMA = "indicators"


def upgrade() -> None:
    op.execute(f"DROP TABLE {SCHEMA}.indicator_versions")
    for table, key in (("indicator", "id"), ("assignment", "dependencia_id, id")):
        # LIKE copies columns and NOT NULL, and nothing that has a name.
        op.execute(f"CREATE TABLE {SCHEMA}.{table}_revisions (LIKE {SCHEMA}.{table}s)")
        op.execute(f"ALTER TABLE {SCHEMA}.{table}_revisions ADD COLUMN superseded_at timestamptz NOT NULL")
        op.execute(f"ALTER TABLE {SCHEMA}.{table}_revisions ADD COLUMN superseded_because text")
        op.execute(
            f"ALTER TABLE {SCHEMA}.{table}_revisions ADD CONSTRAINT pk_{table}_revisions PRIMARY KEY ({key}, version)"
        )
        op.execute(
            f"ALTER TABLE {SCHEMA}.{table}_revisions ADD CONSTRAINT ck_{table}_revisions_interval"
            " CHECK (recorded_at < superseded_at)"
        )
    grant_app(op, SCHEMA)


def downgrade() -> None:
    for table in ("assignment", "indicator"):
        op.execute(f"DROP TABLE {SCHEMA}.{table}_revisions")
    op.execute(
        f"""CREATE TABLE {SCHEMA}.indicator_versions (
            indicator_id bigint NOT NULL,
            version integer NOT NULL,
            document jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by text NOT NULL,
            reason text,
            CONSTRAINT pk_indicator_versions PRIMARY KEY (indicator_id, version)
        )"""
    )
