"""Start-up check: is the database new enough? GDAL and GEOS: see gis_portal/wheels.py."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

MINIMUM_POSTGRESQL = 150000
MINIMUM_POSTGIS = (3, 3)


@register(Tags.database)
def postgis(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Check that the database is PostgreSQL with PostGIS, new enough for what the code uses."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('server_version_num')::int")
                server = cursor.fetchone()[0]
                cursor.execute(
                    "SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'"
                )
                row = cursor.fetchone()
        except DatabaseError as error:
            found.append(
                Error(
                    f"The database doesn't answer: {error}",
                    hint="Run `make db`, or check DATABASE_URL.",
                    id="layers.E001",
                )
            )
            continue
        version = tuple(int(part) for part in row[0].split(".")[:2]) if row else (0, 0)
        if server < MINIMUM_POSTGRESQL or version < MINIMUM_POSTGIS:
            found.append(
                Error(
                    f"PostgreSQL {server // 10000} with PostGIS {row[0] if row else 'none'} "
                    "is too old.",
                    hint="The portal needs PostgreSQL 15 and PostGIS 3.3 or newer.",
                    id="layers.E002",
                )
            )
    return found
