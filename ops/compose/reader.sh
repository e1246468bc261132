#!/usr/bin/env bash
# Creates the user with which Grafana reads the worker's tables. PostgreSQL's image runs it once,
# when it creates the database. The worker creates its tables later, so the owner's default
# privileges grant access to them. The user can read nothing else, for example other schemas or
# the password hashes in pg_authid.
set -euo pipefail

psql --quiet --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_READER_PASSWORD" --set=owner="$POSTGRES_USER" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE telemetra_reader LOGIN PASSWORD :'password';
GRANT USAGE ON SCHEMA public TO telemetra_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO telemetra_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT ON TABLES TO telemetra_reader;
ALTER ROLE telemetra_reader SET default_transaction_read_only = on;
ALTER ROLE telemetra_reader SET statement_timeout = '30s';
SQL
