#!/bin/sh
# Makes the logins of docs/operations.md, "Database logins", and the database. PostgreSQL's image runs this once, on an empty volume.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$(cat /run/secrets/owner_password)" --set app_password="$(cat /run/secrets/app_password)" <<'SQL'
CREATE ROLE orders_relay NOLOGIN;
CREATE ROLE orders_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE orders_app LOGIN NOINHERIT PASSWORD :'app_password';
GRANT orders_relay TO orders_owner, orders_app;
CREATE DATABASE orders OWNER orders_owner;
-- PgBouncer passes on no options of a connection, so they belong to the login.
ALTER ROLE orders_app SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE orders_app SET statement_timeout = '60s';
SQL
