#!/usr/bin/env bash
# Makes the user that Grafana reads the tables with. PostgreSQL's image runs it once, when it makes the database.
set -euo pipefail

psql --quiet --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_READER_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE telemetra_reader LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO telemetra_reader;
ALTER ROLE telemetra_reader SET default_transaction_read_only = on;
ALTER ROLE telemetra_reader SET statement_timeout = '30s';
SQL
