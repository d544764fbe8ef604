"""The staging table: checked rows in the database, before anything is decided about them."""

from collections.abc import Iterable

import shapely
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from importers.check import Candidate

SRID = 4326

_CREATE = """
    DROP TABLE IF EXISTS import_rows;
    CREATE TEMPORARY TABLE import_rows (
        row integer NOT NULL, key text NOT NULL, name text NOT NULL, name_kana text NOT NULL,
        name_en text NOT NULL, address text NOT NULL, provenance text NOT NULL,
        properties jsonb NOT NULL, geom geometry(Geometry, 4326) NOT NULL
    ) ON COMMIT DROP
"""
# PostGIS reads EWKB bytes for a geometry in binary COPY, so bytes are sent as they are.
_TYPES = ["int4", "text", "text", "text", "text", "text", "text", "jsonb", "bytea"]


def stage(cursor: CursorWrapper, candidates: Iterable[Candidate]) -> None:
    """Fill the temporary table ``import_rows`` by binary COPY, inside the caller's transaction."""
    cursor.execute(_CREATE)
    with cursor.copy("COPY import_rows FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(_TYPES)
        for c in candidates:
            geom = shapely.to_wkb(shapely.set_srid(c.geometry, SRID), include_srid=True)
            copy.write_row(
                (
                    c.row,
                    c.key,
                    c.name,
                    c.name_kana,
                    c.name_en,
                    c.address,
                    c.provenance,
                    Jsonb(c.properties),
                    geom,
                )
            )
    cursor.execute("ANALYZE import_rows")
