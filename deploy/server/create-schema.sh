#!/bin/sh
# Creates Temporal's two databases and brings their schemas up to the version of this image; safe to repeat.
# Where to find PostgreSQL is in SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, which the tool reads itself.
set -eu
schemas=/etc/temporal/schema/postgresql/v12

prepare() {
  database=$1 folder=$2
  # Creating fails where the database exists, or where an administrator has to make it; the next step then tells.
  temporal-sql-tool --db "$database" create || true
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$schemas/$folder/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
