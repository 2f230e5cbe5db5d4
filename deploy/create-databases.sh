#!/bin/sh
# Runs once, in the empty PostgreSQL container: four databases, each with an application role that owns nothing.
set -eu

create() { # name, password of its application role
    psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
        --set name="$1" --set role="$1_app" --set password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"role";
SQL
}

create gateway "$GATEWAY_DB_PASSWORD"
create orgchart "$ORGCHART_DB_PASSWORD"
create plans "$PLANS_DB_PASSWORD"
create indicators "$INDICATORS_DB_PASSWORD"
