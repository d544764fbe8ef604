"""Ask the database that DATABASE_URL names whether it will do, and say in a sentence what lacks.

Runs on the virtualenv's Python, for `tools/db.py start`; makes the extensions where it may.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import dj_database_url
import psycopg

MIN_SERVER, MIN_POSTGIS = 150000, (3, 3)
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def trouble() -> str:
    """What is wrong with the database; empty when nothing is."""
    try:
        given = dj_database_url.parse(os.environ["DATABASE_URL"])
    except ValueError:
        return "DATABASE_URL cannot be read: write postgis://user:password@host:5432/database"
    options: dict[str, Any] = {"connect_timeout": 10} | dict(given.get("OPTIONS") or {})
    for ours, theirs in (("NAME", "dbname"), ("USER", "user"), ("PASSWORD", "password"),
                         ("HOST", "host"), ("PORT", "port")):  # fmt: skip
        if value := given.get(ours):
            options[theirs] = value
    where = f"{given.get('NAME')} on {given.get('HOST') or 'the local socket'}"
    try:
        connection = psycopg.connect(**options, autocommit=True)
    except psycopg.Error as error:
        return f"The database {where} (DATABASE_URL) does not answer: {str(error).strip()}"
    with connection:
        if connection.info.server_version < MIN_SERVER:
            has = connection.info.server_version // 10000
            return f"The database {where} runs PostgreSQL {has}; 15 or newer is needed."
        for extension in EXTENSIONS:
            here = "select 1 from pg_extension where extname = %s"
            if connection.execute(here, [extension]).fetchone():
                continue
            try:
                connection.execute(f"create extension {extension}")  # one of our own constants
            except psycopg.Error as error:
                return (
                    f"The database {where} lacks the extension {extension} ({str(error).strip()}). "
                    f"Let its administrator run there: CREATE EXTENSION {extension};"
                )
        row = connection.execute("select postgis_lib_version()").fetchone()
    version = str(row[0]) if row else "0.0"
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_POSTGIS:
        return f"The database {where} has PostGIS {version}; 3.3 or newer is needed."
    return ""


if __name__ == "__main__":
    sys.exit(trouble() or None)
