"""Second factors are sealed with a key outside the database; invitations wait in an outbox until they are mailed.

`totp_is_sealed` is false for the secrets of before: the gateway seals them when it starts.

Revision ID: gateway_0005
Revises: gateway_0004
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "gateway_0005"
down_revision = "gateway_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE gateway.accounts ADD COLUMN totp_is_sealed boolean NOT NULL DEFAULT false")
    op.execute(
        """
        CREATE TABLE gateway.invitation_mails (
            account_id bigint NOT NULL CONSTRAINT pk_invitation_mails PRIMARY KEY
                CONSTRAINT fk_invitation_mails_account_id_accounts REFERENCES gateway.accounts (id),
            state text NOT NULL CONSTRAINT ck_invitation_mails_state
                CHECK (state IN ('queued', 'sent', 'refused', 'expired')),
            sealed_token bytea,
            queued_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            next_at timestamptz NOT NULL,
            attempts integer NOT NULL,
            sent_at timestamptz,
            last_error text,
            CONSTRAINT ck_invitation_mails_token_while_queued CHECK ((state = 'queued') = (sealed_token IS NOT NULL))
        )"""
    )
    op.execute("CREATE INDEX ix_invitation_mails_next_at ON gateway.invitation_mails (next_at) WHERE state = 'queued'")
    grant_app(op, "gateway")


def downgrade() -> None:
    op.execute("DROP TABLE gateway.invitation_mails")
    op.execute("ALTER TABLE gateway.accounts DROP COLUMN totp_is_sealed")
