"""Sign-in with the institution's provider: identities linked to accounts, and sign-ins under way; key rotation.

Revision ID: gateway_0003
Revises: gateway_0002
"""

from __future__ import annotations

from alembic import op

from migrations.grants import grant_app

revision = "gateway_0003"
down_revision = "gateway_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE gateway.external_identities (
            issuer text NOT NULL,
            external_subject text NOT NULL,
            account_id bigint NOT NULL
                CONSTRAINT fk_external_identities_account_id_accounts REFERENCES gateway.accounts (id),
            linked_at timestamptz NOT NULL,
            linked_by text NOT NULL,
            CONSTRAINT pk_external_identities PRIMARY KEY (issuer, external_subject),
            CONSTRAINT uq_external_identities_account_id UNIQUE (issuer, account_id)
        )"""
    )
    op.execute(
        """
        CREATE TABLE gateway.external_sign_ins (
            state_digest bytea NOT NULL CONSTRAINT pk_external_sign_ins PRIMARY KEY,
            nonce text NOT NULL,
            code_verifier text NOT NULL,
            expires_at timestamptz NOT NULL
        )"""
    )
    # An account of the provider alone needs no password here.
    op.execute("ALTER TABLE gateway.accounts DROP CONSTRAINT ck_accounts_active_has_secret")
    op.execute("INSERT INTO gateway.role_permissions VALUES ('administrator', '', 'key:write')")
    grant_app(op, "gateway")


def downgrade() -> None:
    op.execute("DELETE FROM gateway.role_permissions WHERE permission = 'key:write'")
    op.execute(
        """ALTER TABLE gateway.accounts ADD CONSTRAINT ck_accounts_active_has_secret
           CHECK (status <> 'active' OR secret_hash IS NOT NULL)"""
    )
    op.execute("DROP TABLE gateway.external_sign_ins")
    op.execute("DROP TABLE gateway.external_identities")
