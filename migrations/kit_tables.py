"""Tables every service database has: change feed, audit chain, idempotency keys; and the organisation's replica.

No identity columns, no foreign keys, no triggers: see docs/architecture.md, "Ready to be distributed".
Audit detail is text, not jsonb: the hash chain is over the bytes that were written.
"""

from __future__ import annotations

from typing import Any


def create_kit_tables(op: Any, schema: str) -> None:
    """`events`, `audit_events` and `idempotency_keys` in the schema."""
    op.execute(
        f"""
        CREATE TABLE {schema}.events (
            position bigint NOT NULL CONSTRAINT pk_events PRIMARY KEY,
            id uuid NOT NULL,
            type text NOT NULL,
            subject text NOT NULL,
            dependencia text,
            occurred_at timestamptz NOT NULL,
            data jsonb NOT NULL
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE {schema}.audit_events (
            position bigint NOT NULL CONSTRAINT pk_audit_events PRIMARY KEY,
            id uuid NOT NULL,
            occurred_at timestamptz NOT NULL,
            actor text NOT NULL,
            acting_for text,
            action text NOT NULL,
            target text NOT NULL,
            dependencia text,
            request_id text,
            reason text,
            before_digest text,
            after_digest text,
            outcome text NOT NULL,
            detail text NOT NULL,
            previous_hash text NOT NULL,
            hash text NOT NULL
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE {schema}.idempotency_keys (
            subject text NOT NULL,
            key text NOT NULL,
            request_digest text NOT NULL,
            status integer NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT pk_idempotency_keys PRIMARY KEY (subject, key)
        )"""
    )
    op.execute(f"CREATE INDEX ix_idempotency_keys_created_at ON {schema}.idempotency_keys (created_at)")


def drop_kit_tables(op: Any, schema: str) -> None:
    for table in ("idempotency_keys", "audit_events", "events"):
        op.execute(f"DROP TABLE {schema}.{table}")


def create_organisation_replica(op: Any, schema: str) -> None:
    """`org_units`, `org_unit_versions`, `org_closure`, `org_cursor`: what authorisation and roll-ups need."""
    op.execute(
        f"""
        CREATE TABLE {schema}.org_units (
            id bigint NOT NULL CONSTRAINT pk_org_units PRIMARY KEY,
            code text NOT NULL CONSTRAINT uq_org_units_code UNIQUE,
            name text NOT NULL,
            kind text NOT NULL,
            parent_id bigint,
            numeral text,
            province text,
            valid_from date NOT NULL,
            valid_to date,
            document jsonb NOT NULL
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE {schema}.org_unit_versions (
            unit_id bigint NOT NULL,
            valid_from date NOT NULL,
            valid_to date,
            name text NOT NULL,
            parent_id bigint,
            numeral text,
            CONSTRAINT pk_org_unit_versions PRIMARY KEY (unit_id, valid_from)
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE {schema}.org_closure (
            ancestor_id bigint NOT NULL,
            descendant_id bigint NOT NULL,
            depth integer NOT NULL,
            CONSTRAINT pk_org_closure PRIMARY KEY (ancestor_id, descendant_id)
        )"""
    )
    op.execute(f"CREATE INDEX ix_org_closure_descendant_id ON {schema}.org_closure (descendant_id)")
    op.execute(
        f"""
        CREATE TABLE {schema}.org_cursor (
            source text NOT NULL CONSTRAINT pk_org_cursor PRIMARY KEY,
            position bigint NOT NULL,
            closure_on date NOT NULL
        )"""
    )


def drop_organisation_replica(op: Any, schema: str) -> None:
    for table in ("org_cursor", "org_closure", "org_unit_versions", "org_units"):
        op.execute(f"DROP TABLE {schema}.{table}")
