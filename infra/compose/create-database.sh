#!/bin/sh
# Runs once, on an empty volume. The platform's role is no superuser and owns nothing but its
# database: a superuser would walk past row-level security.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set password="$NARU_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE naru LOGIN PASSWORD :'password';
CREATE DATABASE naru OWNER naru ENCODING 'UTF8';
\connect naru
CREATE EXTENSION IF NOT EXISTS timescaledb;
SQL
