"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = ${repr(up_revision).replace("'", '"')}
down_revision = ${repr(down_revision).replace("'", '"')}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step: add, backfill, then enforce. Every constraint has a name."""
    grant_app(op, "${config.config_ini_section}")


def downgrade() -> None:
    """The way back, without losing what the step before knew."""
