"""Keep whole cards over subtrees, in the bytes in which they are answered.

`summaries` held columns that nothing had filled yet; a card is kept as its document, so that what is read is what
would have been computed. `stale` is set in the transaction that moves the cursor of the feed.

Revision ID: 20261122_1145
Revises: indicators_0001
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "20261122_1145"
down_revision = "indicators_0001"
branch_labels = None
depends_on = None

SCHEMA = "indicators"
KEPT = f"""
CREATE TABLE {SCHEMA}.summaries (
    dependencia_id bigint NOT NULL,
    plan text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    asked_on date NOT NULL,
    stale boolean NOT NULL,
    body text,
    day date,
    policy text,
    organisation text,
    feed_position bigint,
    computed_at timestamptz,
    CONSTRAINT pk_summaries PRIMARY KEY (dependencia_id, plan, period),
    CONSTRAINT ck_summaries_body CHECK (stale OR (body IS NOT NULL AND day IS NOT NULL AND policy IS NOT NULL
        AND organisation IS NOT NULL AND feed_position IS NOT NULL AND computed_at IS NOT NULL))
)"""
FORMER = f"""
CREATE TABLE {SCHEMA}.summaries (
    dependencia_id bigint NOT NULL,
    plan text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    policy text NOT NULL,
    day date NOT NULL,
    feed_position bigint NOT NULL,
    computed_at timestamptz NOT NULL,
    counts jsonb NOT NULL,
    points numeric NOT NULL,
    reported_weight numeric NOT NULL,
    expected_weight numeric NOT NULL,
    CONSTRAINT pk_summaries PRIMARY KEY (dependencia_id, plan, period)
)"""


def upgrade() -> None:
    op.execute(f"DROP TABLE {SCHEMA}.summaries")
    op.execute(KEPT)
    grant_app(op, SCHEMA)


def downgrade() -> None:
    op.execute(f"DROP TABLE {SCHEMA}.summaries")
    op.execute(FORMER)
    grant_app(op, SCHEMA)
